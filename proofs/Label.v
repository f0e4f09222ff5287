(* LABEL. The register of a run, step by step, and what it ends with: the output is exactly the label value; and what
   bounds every state. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Rows Claim Form Sums Steps Carry Range Register Close Trace.
Import ListNotations.
Open Scope R_scope.

Section Label.
Variables emin prec : Z.
Hypothesis Hp : (1 < prec)%Z.
Hypothesis Hm : (emin <= 0)%Z.
Notation F := (float emin prec).
Notation wt := (weight emin).
Notation u := (unit prec).
Notation eta := (tiny emin).
Notation sums := (sums emin prec).
Variable f : form.
Notation second := (f_second f).
Notation middles := (f_middles f).
Notation len := (length (f_middles f)).
(* the first layer's values, computed and exact *)
Variables z zx eps zmax : list R.
Variables q q0 Q epsq : R.
Notation m := (length z).
Hypothesis LZ : length z = length zx.
Hypothesis Hclose : close z zx eps.
Hypothesis Hmax : Forall2 (fun x M => Rabs x <= M) z zmax.
Hypothesis Hq : q = Rmax 0 q0.
Hypothesis Hq0 : Rabs (q0 - Q) <= epsq.

#[local] Notation steps := (Trace.steps f).
#[local] Notation piece_at := (Trace.piece_at f).
#[local] Notation score_at := (Trace.score_at emin f zx Q).
#[local] Notation inc_list := (Trace.inc_list f).
#[local] Notation inc_at := (Trace.inc_at f).
#[local] Notation rate_at := (Trace.rate_at f).

Variables E B L R0 : R.
Hypothesis FB : F B.
Hypothesis B0 : 0 <= B.
Hypothesis E_score : forall md, In md (second :: middles) ->
  g u (m + 3) * (dot (map Rabs (map wt (m_w md))) zmax + Rabs (wt (m_b md)) + 2 * B) + INR (m + 3) * eta * (1 + u) ^ (m + 3)
  + dot (map Rabs (map wt (m_w md))) eps + (2 * u * B + eta) <= E.
Hypothesis slope0 : 0 <= wt (f_slope f).
Hypothesis E_twin : wt (f_slope f) * epsq + (2 * u * B + eta) <= E.
Hypothesis twin_B : wt (f_slope f) * epsq <= B.
Hypothesis fits : forall t, (t < steps)%nat -> score_at (S t) + E + u * B <= B.
Hypothesis HL : 0 < L.
Hypothesis L_rate : forall j, (j <= len)%nat -> L <= wt (rate_at j).
Hypothesis L_second : 2 * wt (f_slope f) * L <= wt (m_rate second).
Hypothesis incs_pos : Forall (fun n => (0 <= n)%Z) inc_list.
Hypothesis incs_sum : (zsum inc_list <= 2 ^ prec)%Z.
Hypothesis R0_sum : IZR (zsum inc_list) <= R0.

(* a run *)
Variable sigma : nat -> state.
Variable k' : R.
Hypothesis S_second : second_step emin prec z (f_slope f) second q (sigma 0%nat).
Hypothesis S_floats : forall t, (t <= len)%nat -> floats emin prec (sigma t).
Hypothesis S_middle : forall t, (t < len)%nat -> middle_step emin prec z (nth t middles no_middle) (sigma t) (sigma (S t)).
Hypothesis S_last : last_step emin prec (f_rate f) (f_inc f) (sigma len) k'.
#[local] Notation s_at := (Trace.s_at sigma).
#[local] Notation r_at := (Trace.r_at sigma).
#[local] Notation k_at := (Trace.k_at f sigma k').
#[local] Notation d_at := (Trace.d_at emin f q sigma).
#[local] Notation u0 := (Trace.u0 prec Hp).
#[local] Notation q_pos := (Trace.q_pos q q0 Hq).
#[local] Notation eta_pos := (Trace.eta_pos emin).
#[local] Notation E_pos := (Trace.E_pos emin prec Hp f q0 Q epsq Hq0 E B B0 slope0 E_twin).
#[local] Notation score_error := (Trace.score_error emin prec Hp f z zx eps zmax LZ Hclose Hmax E B E_score).
#[local] Notation slope_q := (Trace.slope_q emin f zx q q0 Q epsq Hq Hq0 B B0 slope0 twin_B).
#[local] Notation middle_parts := (Trace.middle_parts emin prec f z sigma S_middle).
#[local] Notation second_parts := (Trace.second_parts emin prec f z q sigma S_second).
#[local] Notation last_parts := (Trace.last_parts emin prec f sigma k' S_last).
#[local] Notation s1_near := (Trace.s1_near emin prec Hp f z q q0 Hq slope0 sigma S_second).
#[local] Notation floats_parts := (Trace.floats_parts emin prec f sigma S_floats).
#[local] Notation steps_cases := (Trace.steps_cases prec f z zx LZ).
#[local] Notation score_1 := (Trace.score_1 emin prec Hp f z zx q0 Q epsq LZ Hq0 E B B0 slope0 E_twin fits).
#[local] Notation s1_pos := (Trace.s1_pos emin prec f z q sigma S_second).
#[local] Notation s1_error := (Trace.s1_error emin prec Hp f z zx q q0 Q epsq LZ Hq Hq0 E B B0 slope0 E_twin twin_B
  fits sigma S_second).
#[local] Notation in_middles := (Trace.in_middles f).
#[local] Notation rF_at := (Trace.rF_at emin prec Hp f z zx LZ sigma S_floats).
#[local] Notation step_s_at := (Trace.step_s_at emin prec Hp f z zx q LZ sigma S_second S_floats S_middle).
#[local] Notation step_r_at := (Trace.step_r_at emin prec Hp f z zx eps zmax q q0 Q epsq LZ Hclose Hmax Hq Hq0 E B B0
  E_score slope0 E_twin twin_B fits sigma S_second S_middle).
#[local] Notation range_at := (Trace.range_at emin prec Hp f z zx eps zmax q q0 Q epsq LZ Hclose Hmax Hq Hq0 E B FB B0
  E_score slope0 E_twin twin_B fits sigma S_second S_floats S_middle).
#[local] Notation step_d_at := (Trace.step_d_at emin prec Hp f z zx eps zmax q q0 Q epsq LZ Hclose Hmax Hq Hq0 E B FB
  B0 E_score slope0 E_twin twin_B fits sigma S_second S_floats S_middle).
#[local] Notation clears_at := (Trace.clears_at emin prec Hp f z zx eps zmax q q0 Q epsq LZ Hclose Hmax Hq Hq0 E B L FB
  B0 E_score slope0 E_twin twin_B fits HL L_rate L_second sigma S_second S_floats S_middle).

(* ---- the register ---- *)
Notation gk := (g u 3).
Notation ek := (3 * eta * (1 + u) ^ 3).
Lemma inc_pos t : 0 <= inc_at t.
Proof.
  unfold inc_at. apply IZR_le. destruct (Nat.lt_ge_cases t (length inc_list)) as [H|H].
  - pose proof incs_pos as P. rewrite Forall_forall in P. apply P, nth_In, H.
  - rewrite nth_overflow by exact H. lia.
Qed.
Lemma isum_small n i : isum inc_at n i <= IZR (2 ^ prec) /\ isum inc_at n i <= R0 /\
  exists c, isum inc_at n i = IZR c /\ (0 <= c <= 2 ^ prec)%Z.
Proof.
  unfold inc_at. rewrite isum_list. pose proof incs_pos as P.
  pose proof (zsum_firstn n _ (Forall_skipn _ (S i) _ P)) as A. pose proof (zsum_drop (S i) _ P) as C.
  pose proof (zsum_nonneg _ (Forall_firstn _ n _ (Forall_skipn _ (S i) _ P))) as D. pose proof incs_sum.
  assert (X : (zsum (firstn n (skipn (S i) inc_list)) <= zsum inc_list)%Z) by lia. apply IZR_le in X.
  split; [apply IZR_le; lia|]. split; [lra|]. eexists. split; [reflexivity|lia].
Qed.
Lemma isum_F n i : F (isum inc_at n i).
Proof. destruct (isum_small n i) as [_ [_ [c [-> Hc]]]]. apply float_int; auto. lia. Qed.
Lemma inc_F t : F (inc_at t).
Proof.
  destruct t as [|t]; [apply (F0 emin prec Hp)|]. pose proof (isum_F 1 t) as K. cbn [isum] in K.
    rewrite Rplus_0_r in K. exact K.
Qed.
Lemma register_row k i lam r v : sums [(1, k); (i, 1); (- lam, r)] v -> 0 <= k -> 0 <= i -> 0 <= lam -> 0 <= r ->
  Rabs (v - (k + i - lam * r)) <= gk * (k + i + lam * r) + ek /\
  (forall c, F c -> F i -> F (c + i) -> k <= c -> v <= c + i) /\
  (forall c, F c -> F i -> F (c + i) -> r = 0 -> k = c -> v = c + i).
Proof. intros [l [h [N H]]] Hk Hi Hl Hr. eapply (step_k_row F (F0 emin prec Hp) u eta (unit_range prec Hp)
  eta_pos (nerr emin prec Hp) (nsum emin prec Hp)); eauto. Qed.

(* every step of the register is a row: k, the increment, and the clearing d = lam r *)
Lemma k_rows t : (t < steps)%nat -> exists v lam r, k_at (S t) = Rmax 0 v /\ sums [(1, k_at t); (inc_at (S t), 1);
  (- lam, r)] v /\
  0 <= k_at t /\ 0 <= lam /\ 0 <= r /\ d_at (S t) = lam * r.
Proof.
  intro H. unfold steps in H. destruct t as [|j].
  - destruct second_parts as [_ [_ [v [Hv Ek]]]]. exists v, (wt (m_rate second)), q. split; [exact Ek|]. split; [exact Hv|].
    assert (0 <= wt (m_rate second)). { assert (0 <= wt (f_slope f) * L) by (apply Rmult_le_pos; lra). lra. }
    repeat split; auto; try (simpl; lra). apply q_pos.
  - assert (Pr : 0 <= r_of (sigma j)) by (apply (range_at (S (S j))); unfold steps; lia).
    assert (Pl : 0 <= wt (rate_at j)) by (pose proof (L_rate j ltac:(lia)); lra).
    assert (Pk : 0 <= k_of (sigma j)).
    { destruct j as [|j]; [destruct second_parts as [_ [_ [v [_ ->]]]]; apply Rmax_l|].
      destruct (middle_parts j ltac:(lia)) as [_ [_ [v [_ ->]]]]. apply Rmax_l. }
    assert (Ek : k_at (S j) = k_of (sigma j)) by (cbn [k_at]; rewrite (proj2 (Nat.leb_le j len)) by lia; reflexivity).
    destruct (Nat.eq_dec j len) as [El|Nl].
    + destruct last_parts as [v [Hv Ek']]. exists v, (wt (rate_at j)), (r_of (sigma j)).
      assert (E1 : k_at (S (S j)) = k') by (cbn [k_at]; replace (Nat.leb (S j) len) with false by (symmetry;
        apply Nat.leb_gt; lia); reflexivity).
      assert (E2 : inc_at (S (S j)) = IZR (f_inc f)).
      { unfold inc_at, inc_list. cbn [nth]. rewrite app_nth2 by (rewrite map_length; lia).
        rewrite map_length, El, Nat.sub_diag. reflexivity. }
      assert (E3 : rate_at j = f_rate f).
      { unfold rate_at. rewrite app_nth2 by (rewrite map_length; lia). rewrite map_length, El, Nat.sub_diag. reflexivity. }
      rewrite E1, E2, Ek. split; [exact Ek'|]. split; [rewrite E3, El; exact Hv|]. repeat split; auto.
    + destruct (middle_parts j ltac:(lia)) as [_ [_ [v [Hv Ek']]]]. exists v, (wt (rate_at j)), (r_of (sigma j)).
      assert (E1 : k_at (S (S j)) = k_of (sigma (S j))) by (cbn [k_at]; rewrite (proj2 (Nat.leb_le (S j) len)) by lia;
        reflexivity).
      assert (E2 : inc_at (S (S j)) = IZR (m_inc (nth j middles no_middle))).
      { unfold inc_at, inc_list. cbn [nth]. rewrite app_nth1 by (rewrite map_length; lia).
        change 0%Z with (m_inc no_middle). rewrite map_nth. reflexivity. }
      assert (E3 : rate_at j = m_rate (nth j middles no_middle)).
      { unfold rate_at. rewrite app_nth1 by (rewrite map_length; lia). change 0%Z with (m_rate no_middle).
        rewrite map_nth. reflexivity. }
      rewrite E1, E2, Ek. split; [exact Ek'|]. split; [rewrite E3; exact Hv|]. repeat split; auto.
Qed.
Lemma step_k_at t : (t < steps)%nat -> exists v, k_at (S t) = Rmax 0 v /\
  Rabs (v - (k_at t + inc_at (S t) - d_at (S t))) <= gk * (k_at t + inc_at (S t) + d_at (S t)) + ek /\
  (forall n i, (i + n = t)%nat -> k_at t <= isum inc_at n i -> v <= isum inc_at (S n) i) /\
  (d_at (S t) = 0 -> forall n i, (i + n = t)%nat -> k_at t = isum inc_at n i -> v = isum inc_at (S n) i).
Proof.
  intro H. destruct (k_rows t H) as [v [lam [r [Ek [Hv [Pk [Pl [Pr Ed]]]]]]]]. exists v. split; [exact Ek|]. rewrite Ed.
  assert (snoc : forall n i, (i + n = t)%nat -> isum inc_at (S n) i = isum inc_at n i + inc_at (S t)).
  { intros n i E'. rewrite isum_snoc, E'. reflexivity. }
  assert (next : forall n i, (i + n = t)%nat -> F (isum inc_at n i + inc_at (S t))).
  { intros n i E'. rewrite <- snoc by exact E'. apply isum_F. }
  destruct (register_row _ _ _ _ _ Hv Pk (inc_pos (S t)) Pl Pr) as [A [C _]]. split; [exact A|]. split.
  - intros n i E' K. rewrite snoc by exact E'. apply C; auto using isum_F, inc_F.
  - intros D n i E' K. rewrite snoc by exact E'.
    assert (Hv0 : sums [(1, k_at t); (inc_at (S t), 1); (- lam, 0)] v).
    { eapply sums_nonzero; [|exact Hv]. unfold nonzero, live. cbn [filter fst snd].
      destruct (Req_EM_T (- lam * r) 0); [|lra]. destruct (Req_EM_T (- lam * 0) 0); [|lra]. reflexivity. }
    destruct (register_row _ _ _ _ _ Hv0 Pk (inc_pos (S t)) Pl (Rle_refl 0)) as [_ [_ X]]. apply X; auto using isum_F, inc_F.
Qed.

(* ---- the label ---- *)
Hypothesis gk_small : gk < 1.
Lemma gk_pos : 0 <= gk. Proof. apply (g_pos u (unit_range prec Hp) 3). Qed.
Lemma ek_pos : 0 <= ek.
Proof. pose proof eta_pos. pose proof (pow_ge1 u (unit_range prec Hp) 3). apply Rmult_le_pos; lra. Qed.
Lemma k_last : k_at steps = k'.
Proof. unfold steps. cbn [k_at]. replace (Nat.leb (S len) len) with false by (symmetry; apply Nat.leb_gt; lia).
  reflexivity. Qed.
Lemma length_incs : length inc_list = S steps.
Proof. unfold inc_list, steps. cbn [length]. rewrite app_length, map_length. simpl. lia. Qed.
(* what the register must end with when the own class ends with piece `hi` *)
Definition later hi := zsum (skipn (S hi) inc_list).
Lemma isum_later hi : (hi <= steps)%nat -> isum inc_at (steps - hi) hi = IZR (later hi).
Proof.
  intro H. unfold inc_at, later. rewrite isum_list. rewrite firstn_all2; [reflexivity|].
    rewrite skipn_length, length_incs. lia.
Qed.
Definition slack n := 2 * (R0 + INR n * delta gk ek R0) / L.
(* the own class is lo .. hi; no class starts inside; piece i leads all others *)
Theorem register_ends lo hi i : (lo <= i <= hi)%nat -> (hi <= steps)%nat -> (forall t, (lo < t <= hi)%nat -> inc_at t = 0) ->
  (forall j, (j < lo \/ hi < j <= steps)%nat -> slack (S (hi - lo)) + 2 * E + 5 * u * B <= score_at i - score_at j) ->
  k' = IZR (later hi).
Proof.
  intros Hi Hhi no_inc lead. rewrite <- k_last, <- isum_later by exact Hhi.
  pose proof (fun t H => proj1 (range_at t H)) as sF.
  assert (HB : forall t, (t <= steps)%nat -> M s_at r_at t <= B) by (intros t H; apply (range_at t H)).
  assert (step_r : forall t, (t < steps)%nat -> exists v, Rabs (v - (score_at (S t) - M s_at r_at t)) <= E /\
    r_at (S t) = Rmax 0 v).
  { intros t H. destruct (range_at t ltac:(lia)) as [_ [P1 [P2 P3]]]. destruct (step_r_at t H P1 P2 P3) as [v [A C]].
    exists v. auto. }
  assert (HR : forall n, (n <= steps)%nat -> isum inc_at n 0 <= R0) by (intros n _; apply isum_small).
  assert (Qp : 0 <= slack (S (hi - lo)) /\ 0 <= u * B).
  { split; [|apply Rmult_le_pos; [apply u0|auto]]. unfold slack.
    apply Rmult_le_pos; [|left; apply Rinv_0_lt_compat; exact HL].
    pose proof (delta_pos steps inc_at gk ek (conj gk_pos gk_small) ek_pos R0 HR). pose proof (R0_pos steps inc_at R0 HR).
    pose proof (pos_INR (S (hi - lo))). assert (0 <= INR (S (hi - lo)) * delta gk ek R0) by (apply Rmult_le_pos; auto).
      lra. }
  destruct lo as [|p].
  - apply (register_first F (F0 emin prec Hp) u u0 (nsum emin prec Hp) steps score_at (fun _ => E)
    s_at r_at d_at (fun _ => E_pos)
      eq_refl eq_refl eq_refl rF_at step_s_at step_r step_d_at B HB k_at inc_at gk ek inc_pos eq_refl step_k_at hi i).
    + lia.
    + intros t Ht. destruct t as [|t]; [reflexivity|apply no_inc; lia].
    + intros j Hj. pose proof (lead j ltac:(right; lia)). lra.
  - replace hi with (p + S (hi - S p))%nat by lia.
    apply (register F (F0 emin prec Hp) u u0 (nsum emin prec Hp) steps score_at (fun _ => E) s_at r_at d_at (fun _ => E_pos)
      eq_refl eq_refl eq_refl rF_at step_s_at step_r step_d_at B HB k_at inc_at L gk ek HL clears_at (conj gk_pos
        gk_small) ek_pos inc_pos eq_refl
      step_k_at R0 HR p (hi - S p) i).
    + lia.
    + lia.
    + intros t Ht. apply no_inc. lia.
    + intros j Hj. pose proof (lead j ltac:(lia)) as K. unfold slack in K. lra.
Qed.

(* what bounds the state behind every layer: nothing can overflow (Overflow.v) *)
Lemma r_step t : (t < steps)%nat -> exists v, Rabs (v - (score_at (S t) - M s_at r_at t)) <= E /\ r_at (S t) = Rmax 0 v.
Proof. intro H. destruct (range_at t ltac:(lia)) as [_ [P1 [P2 P3]]]. destruct (step_r_at t H P1 P2 P3) as [v [A C]].
  exists v. auto. Qed.
Lemma k_between t : (t <= steps)%nat -> 0 <= k_at t <= R0.
Proof.
  intro H. split.
  - apply (k_pos steps d_at k_at inc_at gk ek eq_refl step_k_at t H).
  - eapply Rle_trans; [apply (k_cap steps d_at k_at inc_at gk ek inc_pos eq_refl step_k_at t H)|apply isum_small].
Qed.
Theorem state_bounds j : (j <= len)%nat -> let '(s, r, k) := sigma j in 0 <= s /\ 0 <= r /\ s + r <= B /\ 0 <= k <= R0.
Proof.
  intro H. destruct (range_at (S (S j)) ltac:(unfold steps; lia)) as [_ [P1 [P2 P3]]].
    pose proof (k_between (S j) ltac:(unfold steps; lia)) as K.
  cbn [s_at r_at k_at] in *. rewrite (proj2 (Nat.leb_le j len)) in K by lia. destruct (sigma j) as [[s r] k].
    unfold s_of, r_of, k_of in *. cbn [fst snd] in *. tauto.
Qed.
Theorem last_bound : 0 <= k' <= R0.
Proof. rewrite <- k_last. apply k_between. lia. Qed.
End Label.
