(* NO OVERFLOW. A unit whose terms are small stays in range in every order (`in_range_small`); runs never get stuck
   (`after_all_total`); and the checker's further comparison, `range_ok`, bounds the terms of every unit that a run can meet. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool Permutation.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Leads Rows Claim Form Sums Close FirstLayer Steps Trace Check CheckSound.
Import ListNotations.

Open Scope Z_scope.
Section RangeCheck.
Variables emin prec emax : Z.
Notation one := (one_z emin).
Definition top_z := (2 ^ prec - 1) * 2 ^ (emax - prec).
Variable f : form.
Variables cx rn rd : Z.
Variable bd : bounds.
Notation so := (score_one emin cx).
Notation Bq := (b_top emin cx bd).
(* |x|, in units of 1/(cx rd) *)
Definition input_ok (x : list Z) := forallb (fun n => 2 * (Z.abs n * rd + rn * cx) + cx * rd <=? top_z * (cx * rd)) x.
(* a row of the first layer, in units of coordinates *)
Definition row_range t b size := 4 * (2 * size + cx * (zabs_sum t / one + 1) + Z.abs b * cx) <=? top_z * (one * cx).
(* a score, and k + inc + rate r *)
Definition score_range (md : middle) :=
  4 * (zdot (map Z.abs (m_w md)) (tops bd) + Z.abs (m_b md) * so + 2 * Bq) <=? top_z * (so * one).
Definition rate_range (rate : Z) := 4 * (2 * zsum (incs f) * (so * one * one) + rate * Bq) <=? top_z * (so * one * one).
Definition range_ok (xs : list (list Z)) :=
  (4 <=? top_z) && (0 <=? emax - prec) && ((of_nat (m_of_f f) + 4) * (of_nat (m_of_f f) + 5) <=? pow_p prec) &&
  (4 * (zsum (incs f) + Z.abs (f_top f)) <=? top_z) && forallb input_ok xs &&
  forallb (fun p => row_range (fst (fst p)) (snd (fst p)) (rb_size (snd p))) (combine (combine (f_T f) (f_b f)) (b_rows bd)) &&
  match b_rows bd with rb :: _ => row_range (hd [] (f_T f)) (f_twin f) (rb_size rb) | [] => false end &&
  forallb (fun n => 4 * n <=? top_z * (one * cx)) (tops bd) &&
  forallb score_range (f_second f :: f_middles f) && forallb rate_range (map m_rate (f_middles f) ++ [f_rate f]) &&
  (4 * (zsum (incs f) * (so * one) + m_rate (f_second f) * (hd 0 (tops bd) + (Z.abs (f_twin f) + Z.abs (hd 0 (f_b f))) * cx + b_twin bd))
     <=? top_z * (so * one)).
End RangeCheck.
Definition check_range (emin prec emax : Z) (net : network) (cx rn rd : Z) (data : list sample) (bd : bounds) : bool :=
  range_ok emin prec emax (read_form (one_z emin) net) cx rn rd bd (map fst data).

Open Scope R_scope.
Section Totals.
Variables emin prec emax : Z.
Hypothesis Hp : (1 < prec)%Z.
Notation F := (float emin prec).
Notation u := (unit prec).
Notation eta := (tiny emin).

Lemma evals_total l : l <> [] -> exists v h, evals F l v h.
Proof.
  induction l as [|[w x] l IH]; intro N; [congruence|]. destruct l as [|p l].
  - destruct (near_total emin prec Hp (w * x)) as [v Hv]. exists v, 1%nat. constructor. exact Hv.
  - destruct (IH ltac:(discriminate)) as [v1 [h H]]. destruct (near_total emin prec Hp (w * x + v1)) as [v Hv].
    exists v, (S h). eapply E_fma; eauto.
Qed.
Lemma after_total L v : exists v', after emin prec L v v'.
Proof.
  induction L as [|t L [v' IH]]; [exists []; constructor|].
  destruct (evals_total (terms emin t v)) as [s [h H]]; [unfold terms; destruct (combine _ _); discriminate|].
  exists (Rmax 0 s :: v'). constructor; [|exact IH]. exists s. split; [|reflexivity]. exists (terms emin t v), h. auto.
Qed.
Lemma after_all_total Ls : forall v, exists v', after_all emin prec Ls v v'.
Proof. induction Ls as [|L Ls IH]; intro v; [exists v; reflexivity|]. destruct (after_total L v) as [v1 H1]. destruct (IH v1) as [v' H]. exists v', v1. auto. Qed.
(* so the claim is not empty: every input is given some output *)
Theorem returns_total net x : exists out, returns emin prec net x out.
Proof.
  assert (X : exists x', Forall2 (near F) x x').
  { induction x as [|a x [x' IH]]; [exists []; constructor|]. destruct (near_total emin prec Hp a) as [a' Ha]. exists (a' :: x'). constructor; auto. }
  destruct X as [x' Hx]. destruct (after_all_total (hidden net) x') as [v Hv].
  destruct (evals_total (terms emin (output net) v)) as [s [h H]]; [unfold terms; destruct (combine _ _); discriminate|].
  exists s, x', v. split; [exact Hx|split; [exact Hv|]]. exists (terms emin (output net) v), h. auto.
Qed.

Lemma mag_perm_part part rest ts : Permutation (nonzero (part ++ rest)) (nonzero ts) ->
  mag (nonzero part) <= mag ts /\ (length (nonzero part) <= length (nonzero ts))%nat.
Proof.
  intro P. rewrite nonzero_app in P. pose proof (mag_perm _ _ P) as M. rewrite mag_app, (mag_nz ts) in M. pose proof (mag_pos (nonzero rest)).
  apply Permutation_length in P. rewrite app_length in P. split; [lra|lia].
Qed.
Theorem in_range_small ts n : (length (nonzero ts) <= n)%nat -> INR n * (INR n + 1) * u <= 1 -> 2 * mag ts + 2 * (INR n * eta) <= largest prec emax ->
  in_range emin prec emax ts.
Proof.
  intros Hn Hu HL part rest s h P H. destruct (mag_perm_part _ _ _ P) as [Pm Pl].
  pose proof (mag_pos ts) as M0. pose proof (pos_INR n) as N0. pose proof (eta0 emin) as E0. assert (0 <= INR n * eta) by (apply Rmult_le_pos; auto).
  destruct (drop_zeros F (F0 emin prec Hp) _ _ _ H) as [[_ ->]|[h' E]]; [rewrite Rabs_R0; lra|].
  pose proof (evals_height F _ _ _ E) as Hh. pose proof (any_order_float emin prec Hp _ _ _ E) as A. unfold g in A.
  set (q := nonzero part) in *. pose proof (exact_mag q) as X. pose proof (mag_pos q) as Mq.
  pose proof (unit_range prec Hp) as Ur. destruct (power_close u n ltac:(lra) Hu) as [_ G].
  assert (K : (1 + u) ^ h' <= 2) by (eapply Rle_trans; [apply (pow_mono u Ur h' n); lia|exact G]). pose proof (pow_ge1 u Ur h') as K1.
  set (p := (1 + u) ^ h') in *. apply Rle_trans with (p * mag q + INR (length q) * eta * p).
  - replace s with ((s - exact q) + exact q) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
  - assert (p * mag q <= 2 * mag ts) by (apply Rmult_le_compat; lra).
    assert (INR (length q) * eta * p <= INR n * eta * 2); [|lra]. apply Rmult_le_compat; [apply Rmult_le_pos; [apply pos_INR|exact E0]|lra| |exact K].
    apply Rmult_le_compat_r; [exact E0|]. apply le_INR. lia.
Qed.
End Totals.

Section Sound.
Variables emin prec emax : Z.
Hypothesis Hp : (1 < prec)%Z.
Hypothesis Hm : (emin <= - prec)%Z.
Variable f : form.
Variables cx rn rd : Z.
Variable bd : bounds.
Variable data : list sample.
Variable covers : list cover.
Hypothesis checked : check_form emin prec f cx rn rd bd data covers = true.
Hypothesis ranged : range_ok emin prec emax f cx rn rd bd (map fst data) = true.
Notation F := (float emin prec).
Notation wt := (weight emin).
Notation u := (unit prec).
Notation eta := (tiny emin).
Notation one := (one_z emin).
Notation m := (m_of_f f).
Notation d := (d_of_f f).
Notation qx := (/ IZR cx).
Notation qz := (eta * qx).
Notation qa := (eta * qz).
Notation r := (IZR rn / IZR rd).
Notation Om := (largest prec emax).
Notation R0 := (IZR (zsum (incs f))).
Notation B := (Breal emin cx bd).
Notation ok ts := (in_range emin prec emax ts).
Definition Sz := sizes emin prec Hp f cx rn rd bd data covers checked.
Definition Hm0' : (emin <= 0)%Z := Hm0 emin prec Hp Hm.

Lemma ranges : 4 <= Om /\ INR (m + 4) * (INR (m + 4) + 1) * u <= 1 /\ 4 * (R0 + Rabs (IZR (f_top f))) <= Om /\
  forallb (input_ok prec emax cx rn rd) (map fst data) = true /\
  forallb (fun p => row_range emin prec emax cx (fst (fst p)) (snd (fst p)) (rb_size (snd p))) (combine (combine (f_T f) (f_b f)) (b_rows bd)) = true /\
  match b_rows bd with rb :: _ => row_range emin prec emax cx (hd [] (f_T f)) (f_twin f) (rb_size rb) | [] => false end = true /\
  forallb (fun n => (4 * n <=? top_z prec emax * (one * cx))%Z) (tops bd) = true /\
  forallb (score_range emin prec emax cx bd) (f_second f :: f_middles f) = true /\
  forallb (rate_range emin prec emax f cx bd) (map m_rate (f_middles f) ++ [f_rate f]) = true /\
  4 * (R0 * (IZR (score_one emin cx) * IZR one) + IZR (m_rate (f_second f)) * (IZR (hd 0%Z (tops bd)) + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f)))) * IZR cx + IZR (b_twin bd)))
    <= Om * (IZR (score_one emin cx) * IZR one).
Proof.
  pose proof ranged as K. unfold range_ok, of_nat in K. split_and.
  repeat match goal with H : (_ <=? _)%Z = true |- _ => apply Z.leb_le in H end.
  repeat match goal with H : (_ <= _)%Z |- _ => apply IZR_le in H end.
  unfold largest. change ((2 ^ prec - 1) * 2 ^ (emax - prec))%Z with (top_z prec emax).
  split; [assumption|]. split.
  { match goal with H : IZR ((_ + 4) * _) <= _ |- _ => rename H into K1 end. rewrite INR_IZR_INZ, <- plus_IZR, <- mult_IZR. rewrite Nat2Z.inj_add. simpl (Z.of_nat 4).
    replace (Z.of_nat m + 4 + 1)%Z with (Z.of_nat m + 5)%Z by ring. pose proof (u_P emin prec Hp Hm f cx rn rd bd data covers) as UP || pose proof (u_P prec Hp) as UP.
    pose proof (u_pos prec) as Pu. rewrite <- UP. rewrite Rmult_comm. apply Rmult_le_compat_l; lra. }
  split.
  { match goal with H : IZR (4 * (zsum (incs f) + _)) <= _ |- _ => rewrite mult_IZR, plus_IZR, abs_IZR in H; exact H end. }
  repeat (split; [assumption|]).
  match goal with H : IZR (4 * (zsum (incs f) * _ + _)) <= _ |- _ => rename H into K1 end.
  repeat first [rewrite plus_IZR in K1 | rewrite mult_IZR in K1 | rewrite abs_IZR in K1]. exact K1.
Qed.

Definition e_qa := eta_qa emin prec Hp Hm f cx rn rd bd data covers checked.
Definition e_qz := eta_qz emin prec Hp f cx rn rd bd data covers checked.
Lemma qa_p : 0 < qa. Proof. exact (qa_pos emin prec Hp f cx rn rd bd data covers checked). Qed.
Lemma qz_p : 0 < qz. Proof. exact (qz_pos emin prec Hp f cx rn rd bd data covers checked). Qed.
Lemma one_qz : IZR one * qz = qx.
Proof. pose proof (eta_one emin prec Hp Hm) as E. replace (IZR one * qz) with (eta * IZR one * qx) by ring. rewrite E. ring. Qed.
Lemma so_one_qa : IZR (score_one emin cx) * IZR one * qa = 1.
Proof. pose proof (eta_one emin prec Hp Hm) as E. replace (IZR (score_one emin cx) * IZR one * qa) with (IZR one * (IZR (score_one emin cx) * qa)) by ring. rewrite <- e_qa. rewrite Rmult_comm. exact E. Qed.
Lemma one_cx_qz : IZR one * IZR cx * qz = 1.
Proof. replace (IZR one * IZR cx * qz) with (IZR one * (IZR cx * qz)) by ring. rewrite <- e_qz. pose proof (eta_one emin prec Hp Hm). lra. Qed.
Lemma eta_le_u : eta <= u.
Proof. pose proof (eta_u emin prec Hm). pose proof (eta_pos' emin). lra. Qed.

(* a unit of any later layer *)
Lemma small ts K : (length (nonzero ts) <= m + 4)%nat -> mag ts <= K -> 4 * K <= Om -> ok ts.
Proof.
  intros Hn HK HL. destruct ranges as [O4 [Hu _]]. apply (in_range_small emin prec emax Hp ts (m + 4)); auto.
  pose proof (pos_INR (m + 4)). pose proof (u_pos prec). pose proof eta_le_u. pose proof (eta_pos' emin).
  assert (INR (m + 4) * eta <= INR (m + 4) * u) by (apply Rmult_le_compat_l; lra).
  assert (INR (m + 4) * u <= 1). { assert (1 <= INR (m + 4)) by (rewrite plus_INR; simpl; pose proof (pos_INR m); lra).
    assert (INR (m + 4) * u * 1 <= INR (m + 4) * u * (INR (m + 4) + 1)) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra]). lra. }
  pose proof (mag_pos ts). lra.
Qed.
Lemma length_nz (ts : list (R * R)) n : (length ts <= n)%nat -> (length (nonzero ts) <= n)%nat.
Proof. intro H. eapply Nat.le_trans; [apply filter_length_le'|exact H]. Qed.
Lemma length_terms t v n : (length v <= n)%nat -> (length (terms emin t v) <= n + 1)%nat.
Proof. intro H. unfold terms. rewrite app_length, combine_length. simpl. lia. Qed.

Section Ball.
Variables (x0 : list Z) (y : Z) (c : cover) (x x' : list R).
Hypothesis Hin : In ((x0, y), c) (combine data covers).
Hypothesis Hball : ball r (point cx x0) x.
Hypothesis Hnear : Forall2 (near F) x x'.
Definition fp := first_parts emin prec f cx rn rd bd data covers checked x0 y c Hin.

Lemma input_bounds : Forall (fun a => Rabs a <= Om) x'.
Proof.
  destruct ranges as [O4 [_ [_ [K _]]]]. rewrite forallb_forall in K. assert (Hx : In x0 (map fst data)) by (change x0 with (fst (x0, y)); apply in_map; eapply in_combine_l; exact Hin).
  specialize (K x0 Hx). unfold input_ok in K. destruct Sz as [_ [_ [_ [_ [Pc [Prd Prn]]]]]]. destruct Hball as [Lx D].
  assert (Pr : 0 <= r) by (apply Rmult_le_pos; [exact Prn|left; apply Rinv_0_lt_compat; exact Prd]).
  unfold point in *. clear Hin Hx Hball. revert x x' Lx D Hnear K. induction x0 as [|n x1 IH]; intros [|a v] v' Lx D Hn K; simpl in Lx; try discriminate; inversion Hn as [|? a' ? v1 Ha Hv]; subst; [constructor|].
  cbn [forallb] in K. cbn [dist2 map] in D. apply andb_true_iff in K. destruct K as [K1 K2].
  assert (D2 : 0 <= dist2 v (map (fun n => IZR n / IZR cx) x1)) by (rewrite dist2_vsub; apply dot_nonneg).
  pose proof (Rle_0_sqr (a - IZR n / IZR cx)) as Sq0. unfold Rsqr in Sq0.
  constructor; [|apply (IH v v1); [lia|lra|exact Hv|exact K2]].
  assert (Sq : (a - IZR n / IZR cx) * (a - IZR n / IZR cx) <= r * r) by lra.
  assert (Ab : Rabs (a - IZR n / IZR cx) <= r) by (apply Rabs_le; split; nra).
  pose proof (near_err emin prec Hp _ _ Ha) as E. pose proof (unit_range prec Hp). pose proof eta_le_u. pose proof (Rabs_pos a).
  assert (A1 : Rabs a' <= 2 * Rabs a + 1).
  { replace a' with ((a' - a) + a) by ring. eapply Rle_trans; [apply Rabs_triang|]. assert (u * Rabs a <= 1 * Rabs a) by (apply Rmult_le_compat_r; lra). lra. }
  assert (A2 : Rabs a <= Rabs (IZR n) / IZR cx + r).
  { replace a with ((a - IZR n / IZR cx) + IZR n / IZR cx) by ring. eapply Rle_trans; [apply Rabs_triang|].
    unfold Rdiv at 2. rewrite Rabs_mult, (Rabs_right (/ IZR cx)); [unfold Rdiv in *; lra|]. left. apply Rinv_0_lt_compat. exact Pc. }
  apply Z.leb_le, IZR_le in K1. repeat first [rewrite plus_IZR in K1 | rewrite mult_IZR in K1 | rewrite abs_IZR in K1].
  fold (top_z prec emax) in *. unfold largest. change ((2 ^ prec - 1) * 2 ^ (emax - prec))%Z with (top_z prec emax).
  assert (P : 0 < IZR cx * IZR rd) by (apply Rmult_lt_0_compat; assumption).
  apply Rmult_le_reg_r with (IZR cx * IZR rd); [exact P|]. eapply Rle_trans; [|exact K1].
  apply Rle_trans with ((2 * (Rabs (IZR n) / IZR cx + r) + 1) * (IZR cx * IZR rd)); [apply Rmult_le_compat_r; lra|].
  right. field. lra.
Qed.

Lemma first_row t b size : length t = d -> dot (abs (map wt t)) (abs x) <= IZR size * qz ->
  row_range emin prec emax cx t b size = true -> ok (terms emin (t, b) x').
Proof.
  intros Lt HA K. destruct ranges as [O4 _]. destruct Sz as [_ [Sd _]].
  assert (Lx : length x = d) by exact (length_x emin prec f cx rn rd bd data covers checked x0 y c x Hin Hball).
  destruct (rounded_close emin prec Hp x x' Hnear) as [Lx' [_ Tx]].
  apply (in_range_small emin prec emax Hp _ (d + 2)); [|exact Sd|].
  - apply length_nz. eapply Nat.le_trans; [apply (length_terms _ _ (d + 1)); lia|lia].
  - unfold terms. cbn [fst snd]. rewrite mag_app. cbn [mag]. rewrite Rmult_1_r, Rplus_0_r.
    pose proof (mag_combine (map wt t) x' _ Tx) as M. rewrite dot_affine in M by (rewrite map_length; congruence).
    pose proof (zabs_sum_real emin prec Hp Hm t) as Z1. rewrite plus_IZR in Z1. pose proof (sum1_pos (map wt t)) as S1.
    unfold row_range in K. apply Z.leb_le, IZR_le in K. repeat first [rewrite plus_IZR in K | rewrite mult_IZR in K | rewrite abs_IZR in K].
    pose proof qz_p as Pq. pose proof one_cx_qz as O1. pose proof e_qz as Ez. pose proof (unit_range prec Hp) as Hu. pose proof (eta_pos' emin) as Pe.
    assert (Wb : Rabs (wt b) = Rabs (IZR b) * eta) by (unfold weight; rewrite Rabs_mult, (Rabs_right eta); lra). rewrite Wb.
    assert (N1 : INR (d + 2) * eta <= 1).
    { pose proof eta_le_u. pose proof (pos_INR (d + 2)). assert (INR (d + 2) * eta <= INR (d + 2) * u) by (apply Rmult_le_compat_l; lra).
      assert (1 <= INR (d + 2)) by (rewrite plus_INR; simpl; pose proof (pos_INR d); lra).
      assert (INR (d + 2) * u * 1 <= INR (d + 2) * u * (INR (d + 2) + 1)) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra]). lra. }
    pose proof (dot_abs_pos (map wt t) x) as Pd. set (ax := dot (abs (map wt t)) (abs x)) in *. set (s1 := sum1 (abs (map wt t))) in *.
    set (z1 := IZR (zabs_sum t / one)) in *. change (IZR (top_z prec emax)) with Om in K.
    assert (A1 : (1 + u) * ax <= 2 * (IZR size * qz)) by (apply Rle_trans with (2 * ax); [apply Rmult_le_compat_r|]; lra).
    assert (A2 : eta * s1 <= eta * (z1 + 1)) by (apply Rmult_le_compat_l; lra).
    apply (Rmult_le_compat_r qz) in K; [|lra]. replace (Om * (IZR one * IZR cx) * qz) with (Om * (IZR one * IZR cx * qz)) in K by ring. rewrite O1 in K.
    replace (4 * (2 * IZR size + IZR cx * (z1 + 1) + Rabs (IZR b) * IZR cx) * qz) with
      (4 * (2 * (IZR size * qz) + (IZR cx * qz) * (z1 + 1) + Rabs (IZR b) * (IZR cx * qz))) in K by ring. rewrite <- Ez in K. lra.
Qed.

(* the state behind every later layer *)
Lemma states sigma k' z q q0 : length z = m ->
  length z = length (map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f) (f_b f))) ->
  close z (map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f) (f_b f))) (rv qz (errors bd)) ->
  Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) -> 
  Forall2 (fun Z0 M => 0 <= Z0 <= M) (map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f) (f_b f))) (rv qz (tops bd)) ->
  q = Rmax 0 q0 -> Rabs (q0 - (dot (map wt (hd [] (f_T f))) x + wt (f_twin f))) <= IZR (b_twin bd) * qz ->
  second_step emin prec z (f_slope f) (f_second f) q (sigma 0%nat) ->
  (forall t, (t <= length (f_middles f))%nat -> floats emin prec (sigma t)) ->
  (forall t, (t < length (f_middles f))%nat -> middle_step emin prec z (nth t (f_middles f) no_middle) (sigma t) (sigma (S t))) ->
  last_step emin prec (f_rate f) (f_inc f) (sigma (length (f_middles f))) k' ->
  (forall j, (j <= length (f_middles f))%nat -> let '(s, r0, k) := sigma j in 0 <= s /\ 0 <= r0 /\ s + r0 <= B /\ 0 <= k <= R0) /\ 0 <= k' <= R0 /\
  0 <= wt (f_slope f) * q <= 2 * B.
Proof.
  intros Lz Lzx Cl Tp Pzx Hq Hq0 S2 SF SM SL.
  set (zx := map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f) (f_b f))) in *. set (Q := dot (map wt (hd [] (f_T f))) x + wt (f_twin f)) in *.
  destruct fp as [LT [Lb [Lr [Lm [Lx0 _]]]]].
  assert (Hd : exists z0 zx', zx = z0 :: zx' /\ 0 <= z0 <= IZR (hd 0%Z (tops bd)) * qz /\ Q = z0 + wt (f_twin f) - wt (hd 0%Z (f_b f))).
  { unfold zx, Q in *. destruct (f_T f) as [|t0 T'] eqn:ET; [unfold m_of_f in Lm; rewrite ET in Lm; simpl in Lm; lia|].
    destruct (f_b f) as [|b0 b'] eqn:Eb; [unfold m_of_f in *; rewrite ET in *; simpl in *; lia|].
    simpl. eexists. eexists. split; [reflexivity|]. simpl in Pzx. unfold tops in *. destruct (map rb_top (b_rows bd)) as [|M Ms]; [inversion Pzx|].
    simpl in Pzx. inversion Pzx; subst. split; [assumption|]. simpl. ring. }
  destruct Hd as [z0 [zx' [Ezx [Hz0 EQ]]]].
  destruct (twin_sound emin prec Hp Hm f cx rn rd bd data covers checked z0 Hz0) as [T1 [T2 [T3 T4]]]. rewrite <- EQ in T4.
  destruct (register_parts emin prec Hp Hm f cx rn rd bd data covers checked) as [I1 [I2 [I3 [I4 [PL [RL [RS [RB RQ]]]]]]]].
  destruct (B_float emin prec Hp Hm f cx rn rd bd data covers checked) as [FB PB].
  destruct (gk_bound emin prec Hp f cx rn rd bd data covers checked) as [G1 [U32 _]].
  assert (Es : forall md, In md (f_second f :: f_middles f) ->
    g u (length z + 3) * (dot (abs (map wt (m_w md))) (rv qz (tops bd)) + Rabs (wt (m_b md)) + 2 * B) + INR (length z + 3) * eta * (1 + u) ^ (length z + 3)
    + dot (abs (map wt (m_w md))) (rv qz (errors bd)) + (2 * u * B + eta) <= IZR (b_error bd) * qa).
  { intros md Hmd. rewrite Lz. apply (score_sound emin prec Hp Hm f cx rn rd bd data covers checked md Hmd). }
  assert (Fits : forall t, (t < steps f)%nat -> score_at emin f zx Q (S t) + IZR (b_error bd) * qa + u * B <= B).
  { intros t Ht. destruct t as [|t]; [exact T4|]. cbn [score_at].
    assert (Hmd : In (piece_at f t) (f_second f :: f_middles f)) by (apply nth_In; unfold steps in Ht; simpl; lia).
    destruct (score_sound emin prec Hp Hm f cx rn rd bd data covers checked _ Hmd) as [_ [_ K]]. pose proof (dot_pos_part emin (m_w (piece_at f t)) _ _ Pzx). lra. }
  split; [|split].
  - intros j Hj. apply (state_bounds emin prec Hp Hm0' f z zx (rv qz (errors bd)) (rv qz (tops bd)) q q0 Q (IZR (b_twin bd) * qz)) with
      (E := IZR (b_error bd) * qa) (L := wt (b_rate bd)) (k' := k'); auto. apply Rle_refl.
  - apply (last_bound emin prec Hp Hm0' f z zx (rv qz (errors bd)) (rv qz (tops bd)) q q0 Q (IZR (b_twin bd) * qz)) with
      (E := IZR (b_error bd) * qa) (B := B) (L := wt (b_rate bd)) (sigma := sigma); auto. apply Rle_refl.
  - apply (slope_q emin f zx q q0 Q (IZR (b_twin bd) * qz)); auto. specialize (Fits 0%nat ltac:(unfold steps; lia)).
    pose proof (u_pos prec). assert (0 <= u * B) by (apply Rmult_le_pos; lra). pose proof (eta_pos' emin).
    assert (0 <= IZR (b_twin bd) * qz) by (eapply Rle_trans; [apply Rabs_pos|exact Hq0]).
    assert (0 <= wt (f_slope f) * (IZR (b_twin bd) * qz)) by (apply Rmult_le_pos; auto). lra.
Qed.

(* ---- units of the layers behind the first one ---- *)
Lemma below_top q : forall v ns, Forall2 (fun a M => Rabs a <= M) v (rv q ns) -> forall l, (l < length v)%nat ->
  exists n, In n ns /\ Rabs (nth l v 0) <= IZR n * q.
Proof.
  induction v as [|a v IH]; intros [|n ns] H l Hl; simpl in Hl; try lia; inversion H as [|? ? ? ? H1 H2]; subst.
  destruct l as [|l]; [exists n; split; [left; reflexivity|exact H1]|].
  destruct (IH ns H2 l ltac:(lia)) as [n' [A1 A2]]. exists n'. split; [right; exact A1|exact A2].
Qed.
Section Units.
Variable z : list R.
Hypothesis Lz : length z = m.
Hypothesis Tp : Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)).

Lemma unit_mag w xs b v : length w = m -> (length xs <= 3)%nat -> (length v = length xs)%nat ->
  (length (nonzero (terms emin (w ++ xs, b) (z ++ v))) <= m + 4)%nat /\
  mag (terms emin (w ++ xs, b) (z ++ v)) = mag (combine (map wt w) z) + mag (combine (map wt xs) v) + Rabs (wt b).
Proof.
  intros Lw Lx Lv. split.
  - apply length_nz. eapply Nat.le_trans; [apply (length_terms _ _ (m + 3)); rewrite app_length; lia|lia].
  - rewrite (terms_z emin z) by congruence. rewrite !mag_app. cbn [mag]. rewrite Rmult_1_r. ring.
Qed.
Lemma zero_part n v : mag (combine (map wt (repeat 0%Z n)) v) = 0.
Proof. revert v; induction n as [|n IH]; intros [|a v]; simpl; auto. rewrite IH. unfold weight. rewrite !Rmult_0_l, Rabs_R0. ring. Qed.
Lemma copies_ok extra v : (length v <= 3)%nat -> Forall (fun t => ok (terms emin t (z ++ v))) (copies one m extra).
Proof.
  intro Lv. apply Forall_forall. intros t Ht. apply in_map_iff in Ht. destruct Ht as [l [<- Hl]]. apply in_seq in Hl.
  destruct ranges as [O4 [_ [_ [_ [_ [_ [Tops _]]]]]]]. rewrite forallb_forall in Tops.
  assert (Hl' : (l < length z)%nat) by lia.
  assert (Nz : nonzero (terms emin (e_row one m l ++ repeat 0%Z extra, 0%Z) (z ++ v)) = nonzero [(1, nth l z 0)]).
  { unfold terms. cbn [fst snd]. rewrite map_app, combine_app by (rewrite map_length; rewrite <- Lz; apply (e_row_length emin); exact Hl').
    rewrite <- Lz. rewrite !nonzero_app, (e_row_terms emin Hm0') by exact Hl'. rewrite zeros. rewrite (dead (wt 0)) by (unfold weight; ring).
    change (nonzero []) with (@nil (R * R)). rewrite !app_nil_r. reflexivity. }
  assert (Ht : exists n, In n (tops bd) /\ Rabs (nth l z 0) <= IZR n * qz).
  { exact (below_top qz z (tops bd) Tp l Hl'). }
  destruct Ht as [n [Hn Bn]]. specialize (Tops n Hn). apply Z.leb_le, IZR_le in Tops. repeat rewrite mult_IZR in Tops. change (IZR (top_z prec emax)) with Om in Tops.
  apply (small _ (IZR n * qz)).
  - rewrite Nz. eapply Nat.le_trans; [apply filter_length_le'|]. simpl. lia.
  - rewrite <- mag_nz, Nz, mag_nz. cbn [mag]. rewrite Rmult_1_l, Rplus_0_r. exact Bn.
  - apply (Rmult_le_compat_r qz) in Tops; [|left; exact qz_p]. replace (Om * (IZR one * IZR cx) * qz) with (Om * (IZR one * IZR cx * qz)) in Tops by ring. rewrite one_cx_qz in Tops. lra.
Qed.
Lemma score_unit md xs v : In md (f_second f :: f_middles f) -> (length xs <= 3)%nat -> length v = length xs -> mag (combine (map wt xs) v) <= 2 * B ->
  ok (terms emin (m_w md ++ xs, m_b md) (z ++ v)).
Proof.
  intros Hmd Lx Lv Mx. destruct (score_sound emin prec Hp Hm f cx rn rd bd data covers checked md Hmd) as [Lw _].
  destruct (unit_mag (m_w md) xs (m_b md) v Lw Lx Lv) as [Ln Mg]. destruct ranges as [_ [_ [_ [_ [_ [_ [_ [Sc _]]]]]]]]. rewrite forallb_forall in Sc. specialize (Sc md Hmd).
  unfold score_range in Sc. apply Z.leb_le, IZR_le in Sc. repeat first [rewrite plus_IZR in Sc | rewrite mult_IZR in Sc | rewrite abs_IZR in Sc]. change (IZR (top_z prec emax)) with Om in Sc.
  pose proof (mag_combine (map wt (m_w md)) z _ Tp) as M1. rewrite wt_abs, dot_wt in M1.
  apply (small _ (IZR (zdot (map Z.abs (m_w md)) (tops bd)) * qa + 2 * B + Rabs (wt (m_b md)))); [exact Ln|rewrite Mg; lra|].
  apply (Rmult_le_compat_r qa) in Sc; [|left; exact qa_p]. replace (Om * (IZR (score_one emin cx) * IZR one) * qa) with (Om * (IZR (score_one emin cx) * IZR one * qa)) in Sc by ring.
  rewrite so_one_qa in Sc. assert (Wb : Rabs (wt (m_b md)) = Rabs (IZR (m_b md)) * (IZR (score_one emin cx) * qa)).
  { rewrite <- e_qa. unfold weight. rewrite Rabs_mult, (Rabs_right eta); [reflexivity|pose proof (eta_pos' emin); lra]. }
  rewrite Wb. unfold Breal. lra.
Qed.
Lemma plain_unit xs b v K : (length xs <= 3)%nat -> length v = length xs -> mag (combine (map wt xs) v) + Rabs (wt b) <= K -> 4 * K <= Om ->
  ok (terms emin (repeat 0%Z m ++ xs, b) (z ++ v)).
Proof.
  intros Lx Lv Mx HK. destruct (unit_mag (repeat 0%Z m) xs b v (repeat_length _ _) Lx Lv) as [Ln Mg]. rewrite zero_part in Mg.
  apply (small _ K); [exact Ln|rewrite Mg; lra|exact HK].
Qed.
End Units.
Lemma four_B : 4 * (2 * B) <= Om.
Proof.
  destruct ranges as [_ [_ [_ [_ [_ [_ [_ [Sc _]]]]]]]]. cbn [forallb] in Sc. apply andb_true_iff in Sc. destruct Sc as [Sc _].
  unfold score_range in Sc. apply Z.leb_le, IZR_le in Sc. repeat first [rewrite plus_IZR in Sc | rewrite mult_IZR in Sc | rewrite abs_IZR in Sc]. change (IZR (top_z prec emax)) with Om in Sc.
  pose proof (zdot_nonneg prec Hp (m_w (f_second f)) _ (tops_nonneg emin prec f cx rn rd bd data covers checked)) as Pd. apply IZR_le in Pd.
  apply (Rmult_le_compat_r qa) in Sc; [|left; exact qa_p]. replace (Om * (IZR (score_one emin cx) * IZR one) * qa) with (Om * (IZR (score_one emin cx) * IZR one * qa)) in Sc by ring.
  rewrite so_one_qa in Sc. assert (0 <= Rabs (IZR (m_b (f_second f))) * (IZR (score_one emin cx) * qa)).
  { apply Rmult_le_pos; [apply Rabs_pos|]. rewrite <- e_qa. left. apply eta_pos'. }
  assert (0 <= IZR (zdot (map Z.abs (m_w (f_second f))) (tops bd)) * qa) by (apply Rmult_le_pos; [exact Pd|left; exact qa_p]). unfold Breal. lra.
Qed.
Lemma rate_bound rate : In rate (map m_rate (f_middles f) ++ [f_rate f]) -> 4 * (2 * R0 + wt rate * B) <= Om.
Proof.
  intro H. destruct ranges as [_ [_ [_ [_ [_ [_ [_ [_ [Rt _]]]]]]]]]. rewrite forallb_forall in Rt. specialize (Rt rate H). unfold rate_range in Rt. apply Z.leb_le, IZR_le in Rt.
  repeat first [rewrite plus_IZR in Rt | rewrite mult_IZR in Rt]. change (IZR (top_z prec emax)) with Om in Rt.
  assert (P : 0 <= qa * eta) by (apply Rmult_le_pos; [left; exact qa_p|left; apply eta_pos']).
  apply (Rmult_le_compat_r (qa * eta)) in Rt; [|exact P]. pose proof so_one_qa as S1. pose proof (eta_one emin prec Hp Hm) as E1.
  replace (Om * (IZR (score_one emin cx) * IZR one * IZR one) * (qa * eta)) with (Om * (IZR (score_one emin cx) * IZR one * qa) * (eta * IZR one)) in Rt by ring. rewrite S1, E1 in Rt.
  replace (4 * (2 * R0 * (IZR (score_one emin cx) * IZR one * IZR one) + IZR rate * IZR (b_top emin cx bd)) * (qa * eta)) with
    (4 * (2 * R0 * ((IZR (score_one emin cx) * IZR one * qa) * (eta * IZR one)) + IZR rate * eta * (IZR (b_top emin cx bd) * qa))) in Rt by ring. rewrite S1, E1 in Rt.
  unfold Breal, weight. lra.
Qed.

Lemma one_weight : wt one = 1. Proof. exact (weight_one emin Hm0'). Qed.
Lemma mag3 s r0 k a b c0 : mag (combine (map wt [a; b; c0]) [s; r0; k]) = Rabs (wt a * s) + Rabs (wt b * r0) + Rabs (wt c0 * k).
Proof. cbn [map combine mag]. ring. Qed.
Lemma register_unit z s r0 k rate inc : length z = m -> Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) ->
  0 <= s -> 0 <= r0 -> s + r0 <= B -> 0 <= k <= R0 -> In rate (map m_rate (f_middles f) ++ [f_rate f]) -> In inc (incs f) ->
  ok (terms emin (repeat 0%Z m ++ [0%Z; (- rate)%Z; one], (inc * one)%Z) (z ++ [s; r0; k])).
Proof.
  intros Lz Tp Ps Pr HB Pk Hr Hi. destruct (register_parts emin prec Hp Hm f cx rn rd bd data covers checked) as [I1 [_ [_ [_ [PL [RL _]]]]]].
  assert (Wr : 0 <= wt rate).
  { destruct (In_nth _ _ 0%Z Hr) as [j [Hj Ej]]. rewrite app_length, map_length in Hj. simpl in Hj. specialize (RL j ltac:(lia)). unfold rate_at in RL. rewrite Ej in RL. lra. }
  assert (Pi : 0 <= IZR inc <= R0).
  { rewrite Forall_forall in I1. pose proof (I1 inc Hi) as A. split; [apply IZR_le; exact A|]. apply IZR_le. clear - Hi I1. induction (incs f) as [|n l IH]; [destruct Hi|].
    assert (Pl : (0 <= zsum l)%Z) by (apply zsum_nonneg, Forall_forall; intros; apply I1; right; assumption). pose proof (I1 n (or_introl eq_refl)).
    simpl. fold zsum in *. destruct Hi as [->|Hi]; [unfold zsum in *; lia|]. specialize (IH Hi (fun w Hw => I1 w (or_intror Hw))). unfold zsum in *. lia. }
  apply (plain_unit z Lz) with (K := 2 * R0 + wt rate * B); [simpl; lia|reflexivity| |apply rate_bound; exact Hr].
  rewrite mag3, weight_opp, one_weight, (weight_int emin Hm0'). replace (wt 0 * s) with 0 by (unfold weight; ring). rewrite Rabs_R0.
  replace (- wt rate * r0) with (- (wt rate * r0)) by ring. rewrite Rabs_Ropp, Rmult_1_l, (Rabs_right k), (Rabs_right (IZR inc)) by lra.
  rewrite Rabs_right by (apply Rle_ge, Rmult_le_pos; lra). assert (wt rate * r0 <= wt rate * B) by (apply Rmult_le_compat_l; lra). lra.
Qed.
Lemma middle_ok z md s r0 k : length z = m -> Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) ->
  0 <= s -> 0 <= r0 -> s + r0 <= B -> 0 <= k <= R0 -> In md (f_middles f) ->
  Forall (fun t => ok (terms emin t (z ++ [s; r0; k]))) (middle_layer one m md).
Proof.
  intros Lz Tp Ps Pr HB Pk Hmd. unfold middle_layer. apply Forall_app. split; [apply copies_ok; auto; simpl; lia|].
  destruct (B_float emin prec Hp Hm f cx rn rd bd data covers checked) as [_ PB]. pose proof four_B as FB.
  assert (Sx : Rabs (1 * s) + Rabs (1 * r0) + Rabs (wt 0 * k) <= B).
  { rewrite !Rmult_1_l. replace (wt 0 * k) with 0 by (unfold weight; ring). rewrite Rabs_R0, !Rabs_right by lra. lra. }
  apply Forall_cons; [|apply Forall_cons; [|apply Forall_cons; [|constructor]]].
  - apply (plain_unit z Lz) with (K := B); [simpl; lia|reflexivity| |lra]. rewrite mag3, one_weight. replace (wt 0) with 0 in * by (unfold weight; ring). rewrite Rabs_R0. lra.
  - apply (score_unit z Lz Tp md); [right; exact Hmd|simpl; lia|reflexivity|]. rewrite mag3, weight_opp, one_weight.
    replace (- (1) * s) with (- (1 * s)) by ring. replace (- (1) * r0) with (- (1 * r0)) by ring. rewrite !Rabs_Ropp. lra.
  - apply register_unit; auto; [apply in_or_app; left; apply in_map; exact Hmd|]. right. right. apply in_or_app. left. apply in_map. exact Hmd.
Qed.
Lemma second_ok z q : length z = m -> Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) -> 0 <= wt (f_slope f) * q <= 2 * B -> 0 <= q ->
  q <= (IZR (hd 0%Z (tops bd)) + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f)))) * IZR cx + IZR (b_twin bd)) * qz ->
  Forall (fun t => ok (terms emin t (z ++ [q]))) (second_layer one m (f_slope f) (f_second f)).
Proof.
  intros Lz Tp Sq Pq Hq. unfold second_layer. apply Forall_app. split; [apply copies_ok; auto; simpl; lia|].
  destruct (register_parts emin prec Hp Hm f cx rn rd bd data covers checked) as [I1 [_ [_ [_ [PL [_ [RS _]]]]]]].
  destruct (twin_sound emin prec Hp Hm f cx rn rd bd data covers checked 0) as [T1 _].
  { pose proof (tops_nonneg emin prec f cx rn rd bd data covers checked) as T. split; [lra|]. apply Rmult_le_pos; [|left; exact qz_p]. apply IZR_le. destruct (tops bd); [simpl; lia|]. inversion T; subst. simpl. assumption. }
  destruct (B_float emin prec Hp Hm f cx rn rd bd data covers checked) as [_ PB]. pose proof four_B as FB.
  apply Forall_cons; [|apply Forall_cons; [|apply Forall_cons; [|constructor]]].
  - apply (plain_unit z Lz) with (K := 2 * B); [simpl; lia|reflexivity| |exact FB]. cbn [map combine mag]. replace (wt 0) with 0 by (unfold weight; ring). rewrite Rabs_R0, Rabs_right by lra. lra.
  - apply (score_unit z Lz Tp (f_second f)); [left; reflexivity|simpl; lia|reflexivity|]. cbn [map combine mag]. rewrite weight_opp.
    replace (- wt (f_slope f) * q) with (- (wt (f_slope f) * q)) by ring. rewrite Rabs_Ropp, Rabs_right by lra. lra.
  - destruct ranges as [_ [_ [_ [_ [_ [_ [_ [_ [_ K]]]]]]]]].
    set (qm := IZR (hd 0%Z (tops bd)) + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f)))) * IZR cx + IZR (b_twin bd)) in *.
    assert (Wr : 0 <= wt (m_rate (f_second f))) by (assert (0 <= wt (f_slope f) * wt (b_rate bd)) by (apply Rmult_le_pos; lra); lra).
    apply (plain_unit z Lz) with (K := R0 + wt (m_rate (f_second f)) * (qm * qz)); [simpl; lia|reflexivity| |].
    + cbn [map combine mag]. rewrite weight_opp, (weight_int emin Hm0'). replace (- wt (m_rate (f_second f)) * q) with (- (wt (m_rate (f_second f)) * q)) by ring.
      rewrite Rabs_Ropp, Rabs_right by (apply Rle_ge, Rmult_le_pos; lra).
      assert (Pi : 0 <= IZR (m_inc (f_second f)) <= R0).
      { unfold incs in *. inversion I1 as [|? ? _ I2]; subst. inversion I2 as [|? ? I3 I4]; subst. split; [apply IZR_le; exact I3|]. apply IZR_le. pose proof (zsum_nonneg _ I4). simpl. unfold zsum in *. lia. }
      rewrite Rabs_right by lra. assert (wt (m_rate (f_second f)) * q <= wt (m_rate (f_second f)) * (qm * qz)) by (apply Rmult_le_compat_l; lra). lra.
    + apply (Rmult_le_compat_r qa) in K; [|left; exact qa_p]. replace (Om * (IZR (score_one emin cx) * IZR one) * qa) with (Om * (IZR (score_one emin cx) * IZR one * qa)) in K by ring.
      rewrite so_one_qa in K. replace (4 * (R0 * (IZR (score_one emin cx) * IZR one) + IZR (m_rate (f_second f)) * qm) * qa) with
        (4 * (R0 * (IZR (score_one emin cx) * IZR one * qa) + IZR (m_rate (f_second f)) * eta * (qm * qz))) in K by ring. rewrite so_one_qa in K. unfold weight. lra.
Qed.

Lemma split_middles {A C : Type} (g : A -> C) mids : forall before L behind last0, before ++ L :: behind = map g mids ++ [last0] ->
  (exists m1 md m2, mids = m1 ++ md :: m2 /\ before = map g m1 /\ L = g md) \/ (before = map g mids /\ L = last0).
Proof.
  induction mids as [|a mids IH]; intros [|b before] L behind last0 E; simpl in E.
  - right. inversion E; subst. split; reflexivity.
  - inversion E as [[E1 E2]]. destruct before; discriminate.
  - inversion E; subst. left. exists [], a, mids. repeat split.
  - inversion E as [[E1 E2]]. destruct (IH before L behind last0 E2) as [[m1 [md [m2 [A1 [A2 A3]]]]]|[A1 A2]].
    + left. exists (a :: m1), md, m2. subst. repeat split.
    + right. subst. split; reflexivity.
Qed.

Theorem form_in_range : Forall (fun a => Rabs a <= Om) x' /\
  (forall before L behind v, hidden (regenerate one f) = before ++ L :: behind -> after_all emin prec before x' v -> Forall (fun t => ok (terms emin t v)) L) /\
  (forall v, after_all emin prec (hidden (regenerate one f)) x' v -> ok (terms emin (output (regenerate one f)) v)).
Proof.
  destruct fp as [LT [Lb [Lr [Lm [Lx0 [Rows _]]]]]].
  assert (Scores : Forall (fun md => length (m_w md) = m) (f_second f :: f_middles f)).
  { apply Forall_forall. intros md Hmd. apply (score_sound emin prec Hp Hm f cx rn rd bd data covers checked md Hmd). }
  pose proof (Forall_inv Scores) as L2. pose proof (Forall_inv_tail Scores) as L3.
  (* from the second layer on: the run so far goes on to the end, and everything on its way is bounded *)
  assert (First : Forall (fun t => ok (terms emin t x')) (first_layer f)).
  { destruct ranges as [_ [_ [_ [_ [RR [RT _]]]]]]. rewrite forallb_forall in RR, Rows. unfold first_layer. apply Forall_app. split.
    - apply Forall_forall. intros [t b] Htb. assert (Lc : length (combine (f_T f) (f_b f)) = length (b_rows bd)) by (rewrite combine_length; unfold m_of_f in *; lia).
      destruct (combine_In_l (combine (f_T f) (f_b f)) (b_rows bd) (t, b) Htb Lc) as [rb Hrb].
      assert (Lt : length t = d) by (rewrite Forall_forall in LT; apply LT; eapply in_combine_l; exact Htb).
      destruct (row_sound emin prec Hp f cx rn rd bd data covers checked x0 y c x Hin Hball t b rb Lt (Rows _ Hrb)) as [Szr _].
      exact (first_row t b (rb_size rb) Lt Szr (RR _ Hrb)).
    - constructor; [|constructor]. destruct (f_T f) as [|t0 T'] eqn:ET; [unfold m_of_f in Lm; rewrite ET in Lm; simpl in Lm; lia|].
      destruct (f_b f) as [|b0 b'] eqn:Eb; [unfold m_of_f in *; rewrite ET in *; simpl in *; lia|]. destruct (b_rows bd) as [|rb rbs] eqn:Er; [discriminate|].
      cbn [hd] in *. assert (Lt : length t0 = d) by (inversion LT; assumption).
      destruct (row_sound emin prec Hp f cx rn rd bd data covers checked x0 y c x Hin Hball t0 b0 rb Lt (Rows ((t0, b0), rb) (or_introl eq_refl))) as [Szr _].
      exact (first_row t0 (f_twin f) (rb_size rb) Lt Szr RT). }
  assert (Later : forall v1, after emin prec (first_layer f) x' v1 -> exists z q, v1 = z ++ [q] /\ length z = m /\
     Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) /\ Forall (fun t => ok (terms emin t v1)) (second_layer one m (f_slope f) (f_second f)) /\
     forall m1 m2 v2 v3, f_middles f = m1 ++ m2 -> after emin prec (second_layer one m (f_slope f) (f_second f)) v1 v2 ->
       after_all emin prec (map (middle_layer one m) m1) v2 v3 -> exists s r0 k, v3 = z ++ [s; r0; k] /\ 0 <= s /\ 0 <= r0 /\ s + r0 <= B /\ 0 <= k <= R0 /\
         (m2 = [] -> forall v4, after emin prec (last_layer one m (f_rate f) (f_inc f)) v3 v4 -> exists k', v4 = [k'] /\ 0 <= k' <= R0)).
  { intros v1 H1. destruct (first_layer_run emin prec Hp Hm f cx rn rd bd data covers checked x0 y c x x' Hin Hball Hnear v1 H1) as
      [z [q [q0 [-> [Lz [Lzx [Cl [Tp [Fz [Pz [Pzx [Hq Hq0]]]]]]]]]]]]. exists z, q. split; [reflexivity|]. split; [exact Lz|]. split; [exact Tp|].
    rewrite <- Lz in L2, L3. pose proof (fun sigma k' => states sigma k' z q q0 Lz Lzx Cl Tp Pzx Hq Hq0) as St.
    assert (Whole : forall m1 m2 v2 v3, f_middles f = m1 ++ m2 -> after emin prec (second_layer one m (f_slope f) (f_second f)) (z ++ [q]) v2 ->
      after_all emin prec (map (middle_layer one m) m1) v2 v3 -> exists sigma, v3 = z ++ units (sigma (length m1)) /\
        second_step emin prec z (f_slope f) (f_second f) q (sigma 0%nat) /\ (forall t, (t <= length (f_middles f))%nat -> floats emin prec (sigma t)) /\
        (forall t, (t < length (f_middles f))%nat -> middle_step emin prec z (nth t (f_middles f) no_middle) (sigma t) (sigma (S t)))).
    { intros m1 m2 v2 v3 Em H2 H3. rewrite <- Lz in H2, H3. destruct (second_after emin prec Hp Hm0' z Fz Pz _ _ _ _ L2 H2) as [st [-> [Fst S2]]].
      destruct (after_all_total emin prec Hp (map (middle_layer one (length z)) m2) v3) as [v5 H5]. rewrite Em in L3.
      destruct (run_middles_at emin prec Hp Hm0' z Fz Pz m1 m2 L3 st v3 v5 Fst H3 H5) as [sigma [S0 [Sv [_ [SF SS]]]]]. exists sigma. rewrite S0, Em. auto. }
    assert (Ends : forall sigma v3, v3 = z ++ units (sigma (length (f_middles f))) -> forall v4, after emin prec (last_layer one m (f_rate f) (f_inc f)) v3 v4 ->
      exists k', v4 = [k'] /\ last_step emin prec (f_rate f) (f_inc f) (sigma (length (f_middles f))) k').
    { intros sigma v3 -> v4 H4. rewrite <- Lz in H4. destruct (sigma (length (f_middles f))) as [[s r0] k]. exact (last_after emin prec Hp Hm0' z _ _ _ _ _ _ H4). }
    split.
    - destruct (after_total emin prec Hp (second_layer one m (f_slope f) (f_second f)) (z ++ [q])) as [v2 H2].
      destruct (after_all_total emin prec Hp (map (middle_layer one m) (f_middles f)) v2) as [v3 H3].
      destruct (Whole (f_middles f) [] v2 v3 (eq_sym (app_nil_r _)) H2 H3) as [sigma [Sv [S2 [SF SS]]]].
      destruct (after_total emin prec Hp (last_layer one m (f_rate f) (f_inc f)) v3) as [v4 H4]. destruct (Ends sigma v3 Sv v4 H4) as [k' [_ SL]].
      destruct (St sigma k' S2 SF SS SL) as [_ [_ Sq]]. apply second_ok; auto; [rewrite Hq; apply Rmax_l|].
      apply Rabs_le_inv in Hq0. pose proof qz_p as Pq. pose proof e_qz as Ez. pose proof (eta_pos' emin) as Pe.
      assert (Hd : exists z0, 0 <= z0 <= IZR (hd 0%Z (tops bd)) * qz /\ dot (map wt (hd [] (f_T f))) x + wt (f_twin f) = z0 + wt (f_twin f) - wt (hd 0%Z (f_b f))).
      { destruct (f_T f) as [|t0 T'] eqn:ET; [unfold m_of_f in Lm; rewrite ET in Lm; simpl in Lm; lia|].
        destruct (f_b f) as [|b0 b'] eqn:Eb; [unfold m_of_f in *; rewrite ET in *; simpl in *; lia|].
        simpl in Pzx. unfold tops in *. destruct (map rb_top (b_rows bd)) as [|M Ms]; [inversion Pzx|].
        simpl in Pzx. inversion Pzx; subst. eexists. split; [eassumption|]. simpl. ring. }
      destruct Hd as [z0 [Hz0 EQ]]. rewrite EQ in Hq0. unfold weight in Hq0.
      assert (T1 : IZR (f_twin f) * eta <= Rabs (IZR (f_twin f)) * eta) by (apply Rmult_le_compat_r; [lra|apply Rle_abs]).
      assert (T2 : - (IZR (hd 0%Z (f_b f)) * eta) <= Rabs (IZR (hd 0%Z (f_b f))) * eta).
      { rewrite <- Ropp_mult_distr_l_reverse. apply Rmult_le_compat_r; [lra|]. rewrite <- Rabs_Ropp. apply Rle_abs. }
      replace ((IZR (hd 0%Z (tops bd)) + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f)))) * IZR cx + IZR (b_twin bd)) * qz) with
        (IZR (hd 0%Z (tops bd)) * qz + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f)))) * (IZR cx * qz) + IZR (b_twin bd) * qz) by ring. rewrite <- Ez.
      assert (P1 : 0 <= Rabs (IZR (f_twin f)) * eta) by (apply Rmult_le_pos; [apply Rabs_pos|lra]). assert (P2 : 0 <= Rabs (IZR (hd 0%Z (f_b f))) * eta) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
      rewrite Hq. apply Rmax_lub; lra.
    - intros m1 m2 v2 v3 Em H2 H3. destruct (Whole m1 m2 v2 v3 Em H2 H3) as [sigma [Sv [S2 [SF SS]]]].
      destruct (after_total emin prec Hp (last_layer one m (f_rate f) (f_inc f)) (z ++ units (sigma (length (f_middles f))))) as [v4 H4].
      destruct (Ends sigma _ eq_refl v4 H4) as [k' [_ SL]]. destruct (St sigma k' S2 SF SS SL) as [Sb _].
      assert (Lj : (length m1 <= length (f_middles f))%nat) by (rewrite Em, app_length; lia). specialize (Sb (length m1) Lj).
      destruct (sigma (length m1)) as [[s r0] k] eqn:Es. exists s, r0, k. destruct Sb as [B1 [B2 [B3 B4]]]. split; [exact Sv|]. repeat (split; [assumption|]).
      intros -> v6 H6. rewrite app_nil_r in Em. subst m1. rewrite <- Es in Sv. destruct (Ends sigma v3 Sv v6 H6) as [k2 [-> SL2]].
      destruct (St sigma k2 S2 SF SS SL2) as [_ [Kb _]]. exists k2. split; [reflexivity|exact Kb]. }
  split; [exact input_bounds|]. split.
  - intros before L behind v E Hv. cbn [regenerate hidden] in E. change (Form.m_of f) with m in E. destruct before as [|L1 before].
    + simpl in Hv. subst v. inversion E; subst. exact First.
    + inversion E as [[E1 E2]]. subst L1. destruct Hv as [v1 [H1 Hv]]. destruct (Later v1 H1) as [z [q [Ez [Lz [Tp [Sec Rest]]]]]].
      destruct before as [|L1 before].
      * simpl in Hv. subst v. inversion E2; subst L. exact Sec.
      * inversion E2 as [[E3 E4]]. subst L1. destruct Hv as [v2 [H2 Hv]]. symmetry in E4. apply split_middles in E4. destruct E4 as [[m1 [md [m2 [A1 [A2 A3]]]]]|[A1 A2]].
        -- subst before L. destruct (Rest m1 (md :: m2) v2 v A1 H2 Hv) as [s [r0 [k [Ev [P1 [P2 [P3 [P4 _]]]]]]]]. subst v.
           apply middle_ok; auto. rewrite A1. apply in_or_app. right. left. reflexivity.
        -- subst before L. destruct (Rest (f_middles f) [] v2 v (eq_sym (app_nil_r _)) H2 Hv) as [s [r0 [k [Ev [P1 [P2 [P3 [P4 _]]]]]]]]. subst v.
           unfold last_layer. constructor; [|constructor]. apply register_unit; auto; [apply in_or_app; right; left; reflexivity|].
           right. right. apply in_or_app. right. left. reflexivity.
  - intros v Hv. cbn [regenerate hidden output] in *. change (Form.m_of f) with m in Hv. destruct Hv as [v1 [H1 [v2 [H2 Hv]]]]. destruct (Later v1 H1) as [z [q [Ez [Lz [Tp [Sec Rest]]]]]].
    apply after_all_app in Hv. destruct Hv as [v3 [H3 [v4 [H4 E4]]]]. simpl in E4. subst v4.
    destruct (Rest (f_middles f) [] v2 v3 (eq_sym (app_nil_r _)) H2 H3) as [s [r0 [k [Ev [P1 [P2 [P3 [P4 Pl]]]]]]]]. destruct (Pl eq_refl v H4) as [k' [-> Pk']].
    destruct ranges as [O4 [_ [K _]]]. apply (small _ (R0 + Rabs (IZR (f_top f)))); [| |exact K].
    + apply length_nz. unfold terms. simpl. lia.
    + unfold terms. cbn [fst snd map combine app mag]. rewrite weight_opp, one_weight, (weight_int emin Hm0'). rewrite Rmult_1_r, Rplus_0_r.
      replace (- (1) * k') with (- k') by ring. rewrite Rabs_Ropp, (Rabs_right k') by lra. lra.
Qed.
End Ball.
End Sound.

Theorem check_range_sound emin prec emax net cx rn rd data covers bd : (1 < prec)%Z -> (emin <= - prec)%Z ->
  check emin prec net cx rn rd data covers bd = true -> check_range emin prec emax net cx rn rd data bd = true ->
  no_overflow_on_balls emin prec emax net cx (IZR rn / IZR rd) data.
Proof.
  intros Hp Hm K1 K2 x0 y Hin x Hball x' Hnear. unfold check in K1. apply andb_true_iff in K1. destruct K1 as [E K1].
  apply network_eqb_eq in E. unfold check_range in K2. rewrite <- E.
  destruct (parts emin prec _ cx rn rd bd data covers K1) as [_ [_ [_ [_ [_ [_ [Lc _]]]]]]].
  destruct (combine_In_l data covers (x0, y) Hin (eq_sym Lc)) as [c Hc].
  exact (form_in_range emin prec emax Hp Hm _ cx rn rd bd data covers K1 K2 x0 y c x x' Hc Hball Hnear).
Qed.
