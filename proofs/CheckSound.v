(* SOUNDNESS of the upper end: `check ... = true` implies the claim, for every format with emin <= -prec. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Margin Gram Leads Rows Claim Form Sums Close FirstLayer Steps
  Register Trace Label Check Units CheckFirst CheckScores.
Import ListNotations.
Open Scope R_scope.

Section Sound.
Variables emin prec : Z.
Hypothesis Hp : (1 < prec)%Z.
Hypothesis Hm : (emin <= - prec)%Z.
Notation F := (float emin prec).
Notation wt := (weight emin).
Notation u := (unit prec).
Notation eta := (tiny emin).
Notation one := (one_z emin).
Notation P := (pow_p prec).
Variable f : form.
Variables cx rn rd : Z.
Variable bd : bounds.
Variable data : list sample.
Variable covers : list cover.
Hypothesis checked : check_form emin prec f cx rn rd bd data covers = true.
Notation m := (m_of_f f).
Notation d := (d_of_f f).
Notation qx := (/ IZR cx).
Notation qz := (eta * qx).
Notation qa := (eta * qz).
Notation r := (IZR rn / IZR rd).
#[local] Notation Hm0 := (Units.Hm0 emin prec Hp Hm).
#[local] Notation P_pos := (Units.P_pos prec Hp).
#[local] Notation P_real := (Units.P_real prec Hp).
#[local] Notation u_P := (Units.u_P prec Hp).
#[local] Notation u_pos := (Units.u_pos prec).
#[local] Notation u_le := (Units.u_le prec Hp).
#[local] Notation one_eq := (Units.one_eq emin).
#[local] Notation one_pos' := (Units.one_pos' emin prec Hp Hm).
#[local] Notation eta_one := (Units.eta_one emin prec Hp Hm).
#[local] Notation eta_pos' := (Units.eta_pos' emin).
#[local] Notation eta_u := (Units.eta_u emin prec Hm).
#[local] Notation wt_abs := (Units.wt_abs emin).
#[local] Notation dot_wt := (Units.dot_wt emin).
#[local] Notation zabs_sum_real := (Units.zabs_sum_real emin prec Hp Hm).
#[local] Notation parts := (Units.parts emin prec f cx rn rd bd data covers checked).
#[local] Notation sizes := (Units.sizes emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation qx_pos := (Units.qx_pos emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation qz_pos := (Units.qz_pos emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation qa_pos := (Units.qa_pos emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation cx_qx := (Units.cx_qx emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation eta_qz := (Units.eta_qz emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation eta_qa := (Units.eta_qa emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation error_sound := (CheckFirst.error_sound emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation x0_data := (CheckFirst.x0_data data covers).
#[local] Notation first_parts := (CheckFirst.first_parts emin prec f cx rn rd bd data covers checked).
#[local] Notation length_x := (CheckFirst.length_x emin prec f cx rn rd bd data covers checked).
#[local] Notation point_rv := (CheckFirst.point_rv cx).
#[local] Notation row_sound := (CheckFirst.row_sound emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation rows_run := (CheckFirst.rows_run emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation first_layer_run := (CheckFirst.first_layer_run emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation Breal := (CheckScores.Breal emin cx bd).
#[local] Notation B_float := (CheckScores.B_float emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation tops_nonneg := (CheckScores.tops_nonneg emin prec f cx rn rd bd data covers checked).
#[local] Notation zdot_nonneg := (CheckScores.zdot_nonneg prec Hp).
#[local] Notation uB := (CheckScores.uB emin prec Hp cx bd).
#[local] Notation score_sound := (CheckScores.score_sound emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation twin_sound := (CheckScores.twin_sound emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation register_parts := (CheckScores.register_parts emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation gk_bound := (CheckScores.gk_bound emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation slack_bound := (CheckScores.slack_bound emin prec Hp Hm f cx rn rd bd data covers checked).

#[local] Notation L := (wt (b_rate bd)).
#[local] Notation R0 := (IZR (zsum (incs f))).
(* ---- leads ---- *)
Notation zx_at x := (map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f) (f_b f))).
Lemma image_zx x : image (rv qz (map (fun b => b * cx)%Z (f_b f))) (map (rv eta) (f_T f)) x = zx_at x.
Proof.
  unfold image, apply_rows. rewrite map_map. generalize (f_T f), (f_b f). clear - checked Hp Hm. intros T.
    induction T as [|t T IH]; intros [|b bs]; simpl; auto.
  f_equal; [|apply IH]. f_equal. unfold weight. rewrite mult_IZR. rewrite eta_qz at 2. ring.
Qed.
Lemma dot_pos_part w : forall z top, Forall2 (fun Z0 M => 0 <= Z0 <= M) z top ->
  dot (map wt w) z <= dot (map wt (map (Z.max 0) w)) top.
Proof.
  induction w as [|n w IH]; intros z top H; simpl; [lra|]. inversion H as [|a M z' top' Ha H']; subst; simpl; [lra|].
    specialize (IH z' top' H').
  assert (wt n * a <= wt (Z.max 0 n) * M); [|lra]. unfold weight. pose proof eta_pos'.
  destruct (Z.max_spec 0 n) as [[A ->]|[A ->]].
  - apply IZR_lt in A. apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra].
  - apply IZR_le in A. assert (IZR n * eta * a <= 0); [|lra]. assert (0 <= eta * a) by (apply Rmult_le_pos; lra). nra.
Qed.
Notation ps := (pieces emin f cx).
Lemma length_ps : length ps = S (steps f).
Proof. unfold pieces, steps. cbn [length]. rewrite map_length. cbn [length]. reflexivity. Qed.
Lemma dot_zeros n v : dot (map wt (repeat 0%Z n)) v = 0.
Proof. revert v; induction n as [|n IH]; intros [|a v]; simpl; auto. rewrite IH. unfold weight. ring. Qed.
(* the pieces' scores are those of Trace.v *)
Lemma score_piece t zx Q : (t <= steps f)%nat -> (1 <= m)%nat -> (1 <= length zx)%nat -> length (f_b f) = m ->
  Q = hd 0 zx + wt (f_twin f) - wt (hd 0%Z (f_b f)) ->
  score (Rp cx eta eta (nth t ps nowhere)) zx = score_at emin f zx Q t.
Proof.
  intros Ht Hm1 Hl Lb ->. unfold score, Rp. cbn [fst snd].
  change (Leads.qa cx eta eta) with qa. change (rv eta) with (map wt).
  destruct t as [|[|t]].
  - cbn [pieces nth pw pb score_at]. rewrite dot_zeros. ring.
  - unfold pieces. cbn [nth pw pb score_at]. destruct zx as [|z0 zx]; [simpl in Hl; lia|]. cbn [map dot hd].
    rewrite dot_zeros.
    rewrite !mult_IZR, minus_IZR. pose proof eta_qz as Ez. unfold weight.
    replace (IZR (f_slope f) * (IZR (f_twin f) - IZR (hd 0%Z (f_b f))) * IZR cx * qa) with
      (IZR (f_slope f) * (IZR (f_twin f) - IZR (hd 0%Z (f_b f))) * eta * (IZR cx * qz)) by ring. rewrite <- Ez. ring.
  - unfold pieces, steps in *. cbn [nth]. change nowhere with ((fun md => {| pw := m_w md;
    pb := m_b md * score_one emin cx |}) no_middle).
    rewrite map_nth. cbn [pw pb score_at]. unfold piece_at. f_equal. rewrite mult_IZR, Rmult_assoc, <- eta_qa. reflexivity.
Qed.
Lemma nth_In_others {A : Type} (l : list A) dflt lo hi j : (j < length l)%nat -> (j < lo \/ hi < j)%nat ->
  In (nth j l dflt) (firstn lo l ++ skipn (S hi) l).
Proof.
  intros G [H|H]; apply in_or_app.
  - left. rewrite <- (firstn_skipn lo l) at 1. rewrite app_nth1 by (rewrite firstn_length; lia). apply nth_In.
    rewrite firstn_length. lia.
  - right. rewrite <- (firstn_skipn (S hi) l) at 1. rewrite app_nth2 by (rewrite firstn_length; lia). apply nth_In.
    rewrite firstn_length, skipn_length. lia.
Qed.
Lemma zeros_between l lo n t : forallb (Z.eqb 0) (firstn n (skipn (S lo) l)) = true -> (lo < t <= lo + n)%nat ->
  nth t l 0%Z = 0%Z.
Proof.
  intros H Ht. rewrite forallb_forall in H. destruct (Nat.lt_ge_cases t (length l)) as [G|G]; [|apply nth_overflow; exact G].
  assert (E : nth t l 0%Z = nth (t - S lo) (skipn (S lo) l) 0%Z).
  { rewrite <- (firstn_skipn (S lo) l) at 1. rewrite app_nth2; rewrite firstn_length; [|lia]. f_equal. lia. }
  rewrite E. symmetry. apply Z.eqb_eq. apply H. rewrite <- (firstn_skipn n (skipn (S lo) l)) at 1.
  rewrite app_nth1; [apply nth_In|]; rewrite firstn_length, skipn_length; lia.
Qed.

Theorem form_sound x0 y c x out : In ((x0, y), c) (combine data covers) -> ball r (point cx x0) x ->
  returns emin prec (regenerate one f) x out -> out = IZR y.
Proof.
  intros Hin Hball [x' [v [Hnear [Hrun Hout]]]].
  destruct first_parts with (1 := Hin) as [LT [Lb [Lr [Lm [Lx0 _]]]]].
  cbn [regenerate hidden output] in Hrun, Hout. destruct Hrun as [v1 [H1 Hrun]].
  destruct (first_layer_run _ _ _ _ _ Hin Hball Hnear v1 H1) as [z [q [q0 [->
    [Lz [Lzx [Cl [Tp [Fz [Pz [Pzx [Hq Hq0]]]]]]]]]]]].
  set (zx := zx_at x) in *. set (Q := dot (map wt (hd [] (f_T f))) x + wt (f_twin f)) in *.
  destruct sizes as [Hlog [_ [_ [_ [Pc [Prd Prn]]]]]].
  assert (Scores : Forall (fun md => length (m_w md) = m) (f_second f :: f_middles f)).
  { apply Forall_forall. intros md Hmd. apply (score_sound md Hmd). }
  pose proof (Forall_inv Scores) as L2. pose proof (Forall_inv_tail Scores) as L3.
  destruct (run_steps emin prec Hp Hm0 z Fz Pz f q v) as [sigma [k' [-> [S2 [SF [SM SL]]]]]]; [symmetry;
    exact Lz|rewrite Lz; exact L2|rewrite Lz; exact L3|exact Hrun|].
  (* head of zx *)
  assert (Hd : exists z0 zx', zx = z0 :: zx' /\ 0 <= z0 <= IZR (hd 0%Z (tops bd)) * qz /\
    Q = z0 + wt (f_twin f) - wt (hd 0%Z (f_b f))).
  { unfold zx, Q in *. destruct (f_T f) as [|t0 T'] eqn:ET; [unfold m_of_f in Lm; rewrite ET in Lm; simpl in Lm; lia|].
    destruct (f_b f) as [|b0 b'] eqn:Eb; [unfold m_of_f in *; rewrite ET in *; simpl in *; lia|].
    simpl. eexists. eexists. split; [reflexivity|]. simpl in Pzx. unfold tops in *.
      destruct (map rb_top (b_rows bd)) as [|M Ms]; [inversion Pzx|].
    simpl in Pzx. inversion Pzx; subst. split; [assumption|]. simpl. ring. }
  destruct Hd as [z0 [zx' [Ezx [Hz0 EQ]]]].
  destruct (twin_sound z0 Hz0) as [T1 [T2 [T3 T4]]]. rewrite <- EQ in T4.
  destruct register_parts as [I1 [I2 [I3 [I4 [PL [RL [RS [RB RQ]]]]]]]].
  destruct B_float as [FB PB]. destruct gk_bound as [G1 [U32 _]].
  (* the cover *)
  destruct parts as [_ [_ [_ [_ [_ [Rows [_ Cov]]]]]]]. rewrite forallb_forall in Cov. specialize (Cov _ Hin).
    unfold cover_ok in Cov. cbn [fst snd] in Cov. split_and.
  repeat match goal with H : Nat.leb _ _ = true |- _ => apply Nat.leb_le in H end.
  match goal with H : Nat.ltb _ _ = true |- _ => apply Nat.ltb_lt in H; rewrite length_ps in H end.
  match goal with H : (_ =? _)%Z = true |- _ => apply Z.eqb_eq in H; rename H into Ey end.
  match goal with H : forallb (Z.eqb 0) _ = true |- _ => rename H into Ez end.
  match goal with H : check_group _ _ _ _ _ _ _ _ _ _ _ _ = true |- _ => rename H into Cg end.
  assert (Leads : forall p, In p (firstn (c_lo c) ps ++ skipn (S (c_hi c)) ps) ->
    IZR (b_req bd) * qa <= score (Rp cx eta eta (nth (c_own c) ps nowhere)) zx - score (Rp cx eta eta p) zx).
  { intros p Hpp. unfold zx. rewrite <- image_zx.
    apply (check_group_sound d m (f_T f) (map (fun b => b * cx)%Z (f_b f)) (rn * rn) (rd * rd) cx (b_rho bd) (b_req bd)
      eta eta) with (samples := [x0]) (x0 := x0)
      (opp := firstn (c_lo c) ps ++ skipn (S (c_hi c)) ps); auto using eta_pos'.
    - apply lt_IZR; exact Pc.
    - apply lt_IZR. rewrite mult_IZR. apply Rmult_lt_0_compat; exact Prd.
    - apply le_IZR. rewrite mult_IZR. apply Rmult_le_pos; exact Prn.
    - left. reflexivity.
    - destruct Hball as [B1 B2]. split; [exact B1|]. rewrite <- dist2_vsub. rewrite !mult_IZR.
      replace (IZR rn * IZR rn / (IZR rd * IZR rd)) with (r * r) by (field; lra). exact B2. }
  assert (Lzx1 : (1 <= length zx)%nat) by (rewrite <- Lzx; lia).
  assert (Sc : forall t, (t <= steps f)%nat -> score (Rp cx eta eta (nth t ps nowhere)) zx = score_at emin f zx Q t).
  { intros t Ht. apply score_piece; auto. rewrite Ezx. exact EQ. }
  assert (K : k' = IZR (later f (c_hi c))).
  { apply (register_ends emin prec Hp Hm0 f z zx (rv qz (errors bd)) (rv qz (tops bd)) q q0 Q (IZR (b_twin bd) * qz)
    Lzx Cl Tp Hq Hq0
      (IZR (b_error bd) * qa) Breal L R0 FB PB) with (sigma := sigma) (lo := c_lo c) (i := c_own c); auto.
    - intros md Hmd. rewrite Lz. apply (score_sound md Hmd).
    - intros t Ht. destruct t as [|t]; [exact T4|]. cbn [score_at].
      assert (Hmd : In (piece_at f t) (f_second f :: f_middles f)) by (apply nth_In; unfold steps in Ht; simpl; lia).
      destruct (score_sound _ Hmd) as [_ [_ K]]. pose proof (dot_pos_part (m_w (piece_at f t)) _ _ Pzx). lra.
    - apply Rle_refl.
    - lra.
    - lia.
    - intros t Ht. unfold inc_at. change (inc_list f) with (incs f). rewrite (zeros_between _ _ _ t Ez) by lia. reflexivity.
    - intros j Hj. rewrite <- !Sc by (unfold steps in *; lia).
      pose proof (slack_bound (S (c_hi c - c_lo c)) ltac:(unfold steps in *; lia)) as SB.
      assert (Hj' : In (nth j ps nowhere) (firstn (c_lo c) ps ++ skipn (S (c_hi c)) ps)).
      { apply nth_In_others; [rewrite length_ps|]; lia. }
      pose proof (Leads _ Hj'). lra. }
  (* the output *)
  assert (Pl : (0 <= later f (c_hi c) <= zsum (incs f))%Z).
  { unfold later. change (inc_list f) with (incs f). split; [apply zsum_nonneg, Forall_skipn, I1|apply zsum_drop, I1]. }
  rewrite Ey. change (zsum (skipn (S (c_hi c)) (incs f))) with (later f (c_hi c)).
  assert (Nr : near F (-1 * IZR (later f (c_hi c)) + IZR (f_top f) * 1) out).
  { apply (sums_two emin prec Hp _ (-1, IZR (later f (c_hi c))) (IZR (f_top f), 1) out) with (4 := Hout); cbn [fst snd].
    - unfold terms. cbn [fst snd map combine app]. rewrite weight_opp, (weight_one emin Hm0 : wt one = 1), (weight_int
      emin Hm0), K. replace (- (1)) with (-1) by lra. reflexivity.
    - replace (-1 * IZR (later f (c_hi c))) with (- IZR (later f (c_hi c))) by ring. apply float_opp; [exact Hp|].
      apply float_int; auto using Hm0. unfold pow_p in *. lia.
    - rewrite Rmult_1_r. apply float_int; auto using Hm0. unfold pow_p in *. lia. }
  replace (-1 * IZR (later f (c_hi c)) + IZR (f_top f) * 1) with (IZR (f_top f - later f (c_hi c)))
    in Nr by (rewrite minus_IZR; ring).
  apply near_exact with (F := F) (1 := Nr). apply float_int; auto using Hm0. unfold pow_p in *. lia.
Qed.
End Sound.

Theorem check_sound emin prec net cx rn rd data covers bd : (1 < prec)%Z -> (emin <= - prec)%Z ->
  check emin prec net cx rn rd data covers bd = true -> labels_all_balls emin prec net cx (IZR rn / IZR rd) data.
Proof.
  intros Hp Hm K x0 y Hin x Hball out Hret. unfold check in K. apply andb_true_iff in K. destruct K as [K1 K2].
  apply network_eqb_eq in K1. rewrite <- K1 in Hret.
  destruct (parts emin prec _ cx rn rd bd data covers K2) as [_ [_ [_ [_ [_ [_ [Lc _]]]]]]].
  destruct (combine_In_l data covers (x0, y) Hin (eq_sym Lc)) as [c Hc].
  exact (form_sound emin prec Hp Hm _ cx rn rd bd data covers K2 x0 y c x out Hc Hball Hret).
Qed.
