(* TRACE. A run behind the first layer satisfies the hypotheses of Carry, Range and, with Label.v, Register, provided
   the numbers E, B, L satisfy the inequalities stated here. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Rows Claim Form Sums Steps Carry Range Register Close.
Import ListNotations.
Open Scope R_scope.

Section Trace.
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
Definition steps := S (S len).                                            (* N; the pieces are 0 .. N *)

(* the first layer's values, computed and exact *)
Variables z zx eps zmax : list R.
Variables q q0 Q epsq : R.
Notation m := (length z).
Hypothesis LZ : length z = length zx.
Hypothesis Hclose : close z zx eps.
Hypothesis Hmax : Forall2 (fun x M => Rabs x <= M) z zmax.
Hypothesis Hq : q = Rmax 0 q0.
Hypothesis Hq0 : Rabs (q0 - Q) <= epsq.

(* scores, increments, rates *)
Definition piece_at (t : nat) : middle := nth t (second :: middles) no_middle.
Definition score_at (t : nat) : R :=
  match t with O => 0 | S O => wt (f_slope f) * Q | S (S t') => dot (map wt (m_w (piece_at t')))
    zx + wt (m_b (piece_at t')) end.
Definition inc_list := (0 :: m_inc second :: map m_inc middles ++ [f_inc f])%Z.
Definition inc_at t := IZR (nth t inc_list 0%Z).
Definition rate_at j := nth j (map m_rate middles ++ [f_rate f]) 0%Z.

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

Definition s_of (st : state) := fst (fst st).
Definition r_of (st : state) := snd (fst st).
Definition k_of (st : state) := snd st.
Definition s_at t := match t with S (S j) => s_of (sigma j) | _ => 0 end.
Definition r_at t := match t with O => 0 | S O => s_of (sigma 0%nat) | S (S j) => r_of (sigma j) end.
Definition k_at t := match t with O => 0 | S j => if Nat.leb j len then k_of (sigma j) else k' end.
Definition d_at t := match t with O => 0 | S O => wt (m_rate second) * q | S (S j) => wt (rate_at j) * r_of (sigma j) end.

Lemma u0 : 0 <= u. Proof. apply (unit_range prec Hp). Qed.
Lemma q_pos : 0 <= q. Proof. rewrite Hq. apply Rmax_l. Qed.
Lemma eta_pos : 0 <= eta. Proof. left. apply tiny_pos. Qed.
Lemma E_pos : 0 <= E.
Proof.
  pose proof u0. pose proof eta_pos. assert (0 <= u * B) by (apply Rmult_le_pos; auto).
  assert (0 <= epsq) by (eapply Rle_trans; [apply Rabs_pos|exact Hq0]).
  assert (0 <= wt (f_slope f) * epsq) by (apply Rmult_le_pos; auto). lra.
Qed.

(* scores in any order, up to 2B of other terms *)
Lemma score_error md rest v : In md (second :: middles) -> (length rest <= 2)%nat -> mag rest <= 2 * B ->
  sums (score_terms emin z md ++ rest ++ [(wt (m_b md), 1)]) v ->
  Rabs (v - (dot (map wt (m_w md)) zx + wt (m_b md) + exact rest)) <= E - (2 * u * B + eta).
Proof.
  intros Hin Hl Hr Hv.
  assert (Hn : (length (nonzero (score_terms emin z md ++ rest ++ [(wt (m_b md), 1%R)])) <= m + 3)%nat).
  { eapply Nat.le_trans; [apply filter_length_le'|]. rewrite !app_length. unfold score_terms. rewrite combine_length.
    simpl. lia. }
  pose proof (sums_error emin prec Hp _ _ _ Hv Hn) as A. pose proof (dot_close (map wt (m_w md)) _ _ _ LZ Hclose) as C.
  rewrite !exact_app, !mag_app in A. unfold score_terms in A. rewrite exact_combine in A. cbn [exact mag] in A.
  pose proof (mag_combine (map wt (m_w md)) z zmax Hmax) as D. pose proof (E_score md Hin) as K.
  rewrite !Rmult_1_r in A. pose proof (g_pos u (unit_range prec Hp) (m + 3)) as G.
  set (dz := dot (map wt (m_w md)) z) in *. set (dZ := dot (map wt (m_w md)) zx) in *. set (gg := g u (m + 3)) in *.
  set (mg := mag (combine (map wt (m_w md)) z)) in *. set (dm := dot (map Rabs (map wt (m_w md))) zmax) in *.
  set (bb := wt (m_b md)) in *. set (rest_m := mag rest) in *. set (rest_e := exact rest) in *.
  assert (gg * (mg + (rest_m + (Rabs bb + 0))) <= gg * (dm + Rabs bb + 2 * B)) by (apply Rmult_le_compat_l; lra).
  replace (v - (dZ + bb + rest_e)) with ((v - (dz + (rest_e + (bb + 0)))) + (dz - dZ)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* the twin *)
Lemma slope_q : score_at 1 <= B -> 0 <= wt (f_slope f) * q <= 2 * B.
Proof.
  intro H. simpl in H. split; [apply Rmult_le_pos; [auto|apply q_pos]|]. apply Rabs_le_inv in Hq0.
  rewrite Hq. unfold Rmax. destruct (Rle_dec 0 q0); [|rewrite Rmult_0_r; lra].
  assert (wt (f_slope f) * q0 <= wt (f_slope f) * (Q + epsq)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma middle_parts t : (t < len)%nat ->
  relu_of (near F (s_of (sigma t) + r_of (sigma t))) (s_of (sigma (S t))) /\
  relu_of (sums (score_terms emin z (nth t middles no_middle) ++ [(-1, s_of (sigma t)); (-1, r_of (sigma t));
    (wt (m_b (nth t middles no_middle)), 1)])) (r_of (sigma (S t))) /\
  relu_of (sums [(1, k_of (sigma t)); (IZR (m_inc (nth t middles no_middle)), 1);
    (- wt (m_rate (nth t middles no_middle)), r_of (sigma t))]) (k_of (sigma (S t))).
Proof. intro H. pose proof (S_middle t H) as K. destruct (sigma t) as [[s r] k], (sigma (S t)) as [[s' r'] k2]. exact K. Qed.
Lemma second_parts :
  relu_of (sums [(wt (f_slope f), q)]) (s_of (sigma 0%nat)) /\
  relu_of (sums (score_terms emin z second ++ [(- wt (f_slope f), q); (wt (m_b second), 1)])) (r_of (sigma 0%nat)) /\
  relu_of (sums [(1, 0); (IZR (m_inc second), 1); (- wt (m_rate second), q)]) (k_of (sigma 0%nat)).
Proof. pose proof S_second as K. destruct (sigma 0%nat) as [[s r] k]. exact K. Qed.
Lemma last_parts : relu_of (sums [(1, k_of (sigma len)); (IZR (f_inc f), 1); (- wt (f_rate f), r_of (sigma len))]) k'.
Proof. pose proof S_last as K. destruct (sigma len) as [[s r] k]. exact K. Qed.

Lemma s1_near : near F (wt (f_slope f) * q) (s_of (sigma 0%nat)).
Proof.
  destruct second_parts as [[v [Hv ->]] _].
  assert (P : 0 <= wt (f_slope f) * q) by (apply Rmult_le_pos; [auto|apply q_pos]).
  pose proof (sums_one emin prec Hp _ (wt (f_slope f), q) v eq_refl Hv) as K. cbn [fst snd] in K.
  rewrite Rmax_right; [exact K|]. apply near_ge with (F := F) (1 := K); [apply (F0 emin prec Hp)|exact P].
Qed.

Lemma floats_parts t : (t <= len)%nat -> F (s_of (sigma t)) /\ F (r_of (sigma t)).
Proof. intro H. pose proof (S_floats t H) as K. destruct (sigma t) as [[s r] k]. exact K. Qed.
Lemma steps_cases t : (t < steps)%nat -> t = 0%nat \/ t = 1%nat \/ exists j, t = S (S j) /\ (j < len)%nat.
Proof. unfold steps. intro H. destruct t as [|[|j]]; [auto|auto|]. right. right. exists j. split; [reflexivity|lia]. Qed.
Lemma score_1 : score_at 1 <= B.
Proof. pose proof (fits 0 ltac:(unfold steps; lia)). pose proof E_pos.
  assert (0 <= u * B) by (apply Rmult_le_pos; [apply u0|auto]). lra. Qed.
Lemma s1_pos : 0 <= s_of (sigma 0%nat).
Proof. destruct second_parts as [[v [_ ->]] _]. apply Rmax_l. Qed.
Lemma s1_error : Rabs (s_of (sigma 0%nat) - wt (f_slope f) * q) <= 2 * u * B + eta.
Proof.
  pose proof (nerr emin prec Hp _ _ s1_near) as K. destruct (slope_q score_1) as [P P2].
    rewrite (Rabs_right (_ * q)) in K by lra.
  pose proof u0. assert (u * (wt (f_slope f) * q) <= u * (2 * B)) by (apply Rmult_le_compat_l; auto). lra.
Qed.
Lemma in_middles j : (j < len)%nat -> In (nth j middles no_middle) (second :: middles).
Proof. intro H. right. apply nth_In. exact H. Qed.

Lemma rF_at t : (t <= steps)%nat -> F (r_at t).
Proof. unfold steps. intro H. destruct t as [|[|j]]; simpl; [apply (F0 emin prec Hp)|apply floats_parts;
  lia|apply floats_parts; lia]. Qed.
Lemma step_s_at t : (t < steps)%nat -> exists v, near F (s_at t + r_at t) v /\ s_at (S t) = Rmax 0 v.
Proof.
  intro H. destruct (steps_cases t H) as [-> |[-> |[j [-> Hj]]]].
  - exists 0. simpl. rewrite Rplus_0_r, Rmax_right by lra. split; [apply near_self, (F0 emin prec Hp)|reflexivity].
  - exists (s_of (sigma 0%nat)). simpl. rewrite Rplus_0_l, Rmax_right by apply s1_pos.
    split; [apply near_self, floats_parts; lia|reflexivity].
  - destruct (middle_parts j Hj) as [[v [Hv Es]] _]. exists v. auto.
Qed.
Lemma step_r_at t : (t < steps)%nat -> 0 <= s_at t -> 0 <= r_at t -> s_at t + r_at t <= B ->
  exists v, r_at (S t) = Rmax 0 v /\ Rabs (v - (score_at (S t) - (s_at t + r_at t))) <= E.
Proof.
  intros H Ps Pr HB. destruct (steps_cases t H) as [-> |[-> |[j [-> Hj]]]].
  - simpl. destruct (Rle_dec q0 0) as [Z|Z].
    + exists (wt (f_slope f) * q0). assert (N : wt (f_slope f) * q0 <= 0) by nra.
      assert (Eq : q = 0) by (rewrite Hq; apply Rmax_left; lra). split.
      * rewrite Rmax_left by exact N. pose proof s1_near as K. rewrite Eq, Rmult_0_r in K.
        exact (near_exact F _ _ K (F0 emin prec Hp)).
      * rewrite Rplus_0_r, Rminus_0_r. rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_right (wt _)) by lra.
        assert (wt (f_slope f) * Rabs (q0 - Q) <= wt (f_slope f) * epsq) by (apply Rmult_le_compat_l; auto).
        pose proof eta_pos. assert (0 <= u * B) by (apply Rmult_le_pos; [apply u0|auto]). lra.
    + exists (s_of (sigma 0%nat)). split; [rewrite Rmax_right; [reflexivity|apply s1_pos]|]. rewrite Rplus_0_r, Rminus_0_r.
      assert (Eq : q = q0) by (rewrite Hq; apply Rmax_right; lra). pose proof s1_error as K. rewrite Eq in K.
      replace (s_of (sigma 0%nat) - wt (f_slope f) * Q) with ((s_of (sigma 0%nat) - wt (f_slope f) * q0)
        + wt (f_slope f) * (q0 - Q)) by ring.
      eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_mult (wt _)), (Rabs_right (wt _)) by lra.
      assert (wt (f_slope f) * Rabs (q0 - Q) <= wt (f_slope f) * epsq) by (apply Rmult_le_compat_l; auto). lra.
  - destruct second_parts as [_ [[v [Hv Er]] _]]. exists v. split; [exact Er|]. destruct (slope_q score_1) as [P P2].
    assert (Mr : mag [(- wt (f_slope f), q)] <= 2 * B).
    { cbn [mag]. rewrite Rplus_0_r. replace (- wt (f_slope f) * q) with (- (wt (f_slope f) * q)) by ring.
      rewrite Rabs_Ropp, Rabs_right by lra. exact P2. }
    pose proof (score_error second [(- wt (f_slope f), q)] v (or_introl eq_refl) ltac:(simpl; lia) Mr Hv) as K.
      cbn [exact] in K.
    pose proof s1_error as K1. change (score_at 2) with (dot (map wt (m_w second)) zx + wt (m_b second)).
    change (s_at 1) with 0. change (r_at 1) with (s_of (sigma 0%nat)).
    set (A := dot (map wt (m_w second)) zx + wt (m_b second)) in *.
    replace (v - (A - (0 + s_of (sigma 0%nat)))) with ((v - (A + (- wt (f_slope f) * q + 0))) + (s_of (sigma 0%nat)
      - wt (f_slope f) * q)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. lra.
  - destruct (middle_parts j Hj) as [_ [[v [Hv Er]] _]]. exists v. split; [exact Er|].
    change (s_at (S (S j))) with (s_of (sigma j)) in *.
    change (r_at (S (S j))) with (r_of (sigma j)) in *.
    change (score_at (S (S (S j)))) with (dot (map wt (m_w (nth j middles no_middle)))
      zx + wt (m_b (nth j middles no_middle))).
    assert (Mr : mag [(-1, s_of (sigma j)); (-1, r_of (sigma j))] <= 2 * B).
    { cbn [mag]. rewrite !Rabs_mult, (Rabs_right (s_of _)), (Rabs_right (r_of _)) by lra.
      rewrite (Rabs_left (-1)) by lra. lra. }
    pose proof (score_error (nth j middles no_middle) [(-1, s_of (sigma j));
      (-1, r_of (sigma j))] v (in_middles j Hj) ltac:(simpl; lia) Mr Hv) as K. cbn [exact] in K.
    assert (0 <= 2 * u * B + eta) by (pose proof eta_pos; assert (0 <= u * B) by (apply Rmult_le_pos; [apply u0|auto]); lra).
    set (A := dot (map wt (m_w (nth j middles no_middle))) zx + wt (m_b (nth j middles no_middle))) in *.
    replace (v - (A - (s_of (sigma j) + r_of (sigma j)))) with (v - (A + (-1 * s_of (sigma j) + (-1 * r_of (sigma j)
      + 0)))) by ring. lra.
Qed.

Lemma range_at t : (t <= steps)%nat -> F (s_at t) /\ 0 <= s_at t /\ 0 <= r_at t /\ s_at t + r_at t <= B.
Proof.
  apply (range F (F0 emin prec Hp) u u0 (nsum emin prec Hp) steps score_at (fun _ => E)); auto.
  - exact rF_at.
  - exact step_s_at.
  - intros t' H Fs Ps Pr HB. apply step_r_at; assumption.
Qed.
Lemma step_d_at t : (t < steps)%nat -> score_at (S t) - M s_at r_at t + E <= 0 -> d_at (S t) = 0.
Proof.
  intros H N. unfold M in N. pose proof (range_at t ltac:(lia)) as [_ [Ps [Pr HB]]].
  destruct (steps_cases t H) as [-> |[-> |[j [-> Hj]]]].
  - simpl in *. assert (Eq : q = 0); [|rewrite Eq; ring]. rewrite Hq. apply Rmax_left. apply Rabs_le_inv in Hq0.
    pose proof (tiny_pos emin). assert (0 <= u * B) by (apply Rmult_le_pos; [apply u0|auto]).
    destruct (Rle_or_lt q0 0) as [|C]; [auto|exfalso].
    assert (0 <= wt (f_slope f) * q0) by (apply Rmult_le_pos; lra).
    assert (wt (f_slope f) * q0 <= wt (f_slope f) * (Q + epsq)) by (apply Rmult_le_compat_l; lra). lra.
  - destruct (step_r_at 1 H Ps Pr HB) as [v [Er Hv]]. apply Rabs_le_inv in Hv.
    change (d_at 2) with (wt (rate_at 0) * r_of (sigma 0%nat)).
    change (r_at 2) with (r_of (sigma 0%nat)) in Er. rewrite Er, Rmax_left by lra. ring.
  - destruct (step_r_at _ H Ps Pr HB) as [v [Er Hv]]. apply Rabs_le_inv in Hv.
    change (d_at (S (S (S j)))) with (wt (rate_at (S j)) * r_of (sigma (S j))).
    change (r_at (S (S (S j)))) with (r_of (sigma (S j))) in Er. rewrite Er, Rmax_left by lra. ring.
Qed.
Lemma clears_at t : (t < steps)%nat -> L * r_at (S t) <= d_at (S t).
Proof.
  intro H. destruct t as [|j].
  - simpl. pose proof s1_near as [_ K]. specialize (K 0 (F0 emin prec Hp)). pose proof q_pos as Pq.
    assert (P : 0 <= wt (f_slope f) * q) by (apply Rmult_le_pos; auto).
    rewrite (Rabs_left1 (0 - _)) in K by lra. apply Rabs_le_inv in K.
    assert (L * s_of (sigma 0%nat) <= L * (2 * (wt (f_slope f) * q))) by (apply Rmult_le_compat_l; lra).
    assert (2 * wt (f_slope f) * L * q <= wt (m_rate second) * q) by (apply Rmult_le_compat_r; auto). lra.
  - pose proof (range_at (S (S j)) ltac:(lia)) as [_ [_ [Pr _]]]. unfold steps in H.
    change (r_at (S (S j))) with (r_of (sigma j)) in *. change (d_at (S (S j))) with (wt (rate_at j) * r_of (sigma j)).
    apply Rmult_le_compat_r; [exact Pr|apply L_rate; lia].
Qed.
End Trace.
