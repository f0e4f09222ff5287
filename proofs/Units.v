(* UNITS. What the checker's integers stand for: weights in eta, samples in 1/cx, coordinates in eta/cx, scores in
   eta^2/cx, and u = 2^-prec; and the checker's yes taken apart. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Margin Gram Leads Rows Claim Form Sums Close FirstLayer Steps
  Register Trace Label Check.
Import ListNotations.
Open Scope R_scope.

Ltac split_and := repeat match goal with H : (_ && _)%bool = true |- _ => apply andb_true_iff in H; destruct H end.

Lemma combine_In_l {A B : Type} (l : list A) (l' : list B) x : In x l -> length l = length l' ->
  exists y, In (x, y) (combine l l').
Proof.
  revert l'. induction l as [|a l IH]; intros [|b l'] H L; simpl in *; try discriminate; [tauto|].
  destruct H as [->|H]; [exists b; auto|]. destruct (IH l' H ltac:(lia)) as [y Hy]. exists y. auto.
Qed.

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

Lemma Hm0 : (emin <= 0)%Z. Proof. lia. Qed.
Lemma P_pos : (0 < P)%Z. Proof. unfold pow_p. apply Z.pow_pos_nonneg; lia. Qed.
Lemma P_real : 0 < IZR P. Proof. apply IZR_lt, P_pos. Qed.
Lemma u_P : u * IZR P = 1.
Proof.
  unfold unit, pow_p. replace (IZR (2 ^ prec)) with (bpow radix2 prec) by (rewrite <- IZR_Zpower by lia; reflexivity).
  replace (1 - prec)%Z with (1 + - prec)%Z by ring. rewrite bpow_plus.
  replace (/ 2 * (bpow radix2 1 * bpow radix2 (- prec)) * bpow radix2 prec)
    with (/ 2 * bpow radix2 1 * (bpow radix2 (- prec) * bpow radix2 prec)) by ring.
  rewrite <- bpow_plus. replace (- prec + prec)%Z with 0%Z by ring. simpl. lra.
Qed.
Lemma u_pos : 0 < u. Proof. unfold unit. pose proof (bpow_gt_0 radix2 (1 - prec)). lra. Qed.
Lemma u_le n d : (n <= P * d)%Z -> u * IZR n <= IZR d.
Proof.
  intro H. apply IZR_le in H. rewrite mult_IZR in H. pose proof u_pos.
  replace (IZR d) with (u * (IZR P * IZR d)) by (rewrite <- Rmult_assoc, u_P; ring). apply Rmult_le_compat_l; lra.
Qed.
Lemma one_eq : one = Sums.one emin. Proof. reflexivity. Qed.
Lemma one_pos' : (0 < one)%Z. Proof. apply one_pos, Hm0. Qed.
Lemma eta_one : eta * IZR one = 1.
Proof. pose proof (weight_one emin Hm0) as K. unfold weight in K. rewrite one_eq. lra. Qed.
Lemma eta_pos' : 0 < eta. Proof. apply tiny_pos. Qed.
Lemma eta_u : 6 * eta <= 4 * u.
Proof.
  unfold tiny, unit. assert (A : bpow radix2 emin <= bpow radix2 (1 - prec)) by (apply bpow_le; lia).
  replace (1 - prec)%Z with (1 + - prec)%Z by ring. rewrite bpow_plus.
  assert (B : bpow radix2 emin <= bpow radix2 (- prec)) by (apply bpow_le; lia). change (bpow radix2 1) with 2.
  pose proof (bpow_gt_0 radix2 emin). lra.
Qed.
Lemma wt_abs t : abs (map wt t) = map wt (map Z.abs t).
Proof. rewrite !map_map. apply map_ext. intro n. unfold weight.
  rewrite abs_IZR, Rabs_mult, (Rabs_right eta); [reflexivity|]. pose proof eta_pos'. lra. Qed.
Lemma dot_wt q t v : dot (map wt t) (rv q v) = IZR (zdot t v) * (eta * q).
Proof. exact (rv_dot eta q t v). Qed.
Lemma zabs_sum_real t : sum1 (abs (map wt t)) <= IZR (zabs_sum t / one + 1).
Proof.
  assert (E : sum1 (abs (map wt t)) = IZR (zabs_sum t) * eta).
  { unfold zabs_sum. induction t as [|n t IH]; simpl; [ring|]. simpl in IH. rewrite IH. unfold weight.
    rewrite Rabs_mult, (Rabs_right eta) by (pose proof eta_pos'; lra).
    rewrite plus_IZR, abs_IZR. unfold zsum. ring. }
  rewrite E. pose proof one_pos' as Po. pose proof (Z.div_mod (zabs_sum t) one ltac:(lia)) as D.
    pose proof (Z.mod_pos_bound (zabs_sum t) one Po) as M.
  assert (K : (zabs_sum t <= (zabs_sum t / one + 1) * one)%Z) by nia. apply IZR_le in K. rewrite mult_IZR in K.
  assert (IZR (zabs_sum t) * eta <= IZR (zabs_sum t / one + 1) * IZR one * eta) by (apply Rmult_le_compat_r; [left;
    apply eta_pos'|exact K]).
  pose proof eta_one. replace (IZR (zabs_sum t / one + 1)) with (IZR (zabs_sum t / one + 1) * (eta * IZR one))
    by (rewrite eta_one; ring). lra.
Qed.

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

Lemma parts : sizes_ok prec f cx rn rd bd = true /\ first_ok emin prec f cx rn rd bd (map fst data) = true /\
  forallb (score_ok emin prec f cx bd) (f_second f :: f_middles f) = true /\ twin_ok emin prec f cx bd = true /\
  register_ok emin prec f cx bd = true /\ rows_ok d m (f_T f) (map (fun b => b * cx)%Z (f_b f)) (b_rho bd) = true /\
  length covers = length data /\
  forallb (fun sc => cover_ok f cx rn rd bd (pieces emin f cx) (map (fun b => b * cx)%Z (f_b f)) (fst sc) (snd sc))
    (combine data covers) = true.
Proof. pose proof checked as K. unfold check_form in K. split_and.
  match goal with H : Nat.eqb (length covers) _ = true |- _ => apply Nat.eqb_eq in H end. auto 10. Qed.

Lemma sizes : (1 <= b_log bd)%Z /\ INR (d + 2) * (INR (d + 2) + 1) * u <= 1 /\ INR (m + 3) * (INR (m + 3) + 1) * u <= 1 /\
  32 * (INR (length (f_middles f)) + 4) * u <= 1 /\ 0 < IZR cx /\ 0 < IZR rd /\ 0 <= IZR rn.
Proof.
  destruct parts as [K _]. unfold sizes_ok, of_nat in K. split_and.
    repeat match goal with H : (_ <=? _)%Z = true |- _ => apply Z.leb_le in H end.
  repeat match goal with H : (_ <? _)%Z = true |- _ => apply Z.ltb_lt in H end.
  assert (U : forall n, (n <= P)%Z -> IZR n * u <= 1).
  { intros n Hn. rewrite Rmult_comm. replace 1 with (IZR 1) by reflexivity. apply u_le. lia. }
  split; [assumption|]. split.
  { rewrite INR_IZR_INZ, <- plus_IZR, <- mult_IZR. apply U. rewrite Nat2Z.inj_add. simpl (Z.of_nat 2). lia. }
  split.
  { rewrite INR_IZR_INZ, <- plus_IZR, <- mult_IZR. apply U. rewrite Nat2Z.inj_add. simpl (Z.of_nat 3). lia. }
  split.
  { rewrite INR_IZR_INZ. rewrite <- plus_IZR, <- mult_IZR. apply U. lia. }
  repeat split; try (apply IZR_lt; assumption). apply IZR_le; assumption.
Qed.
Lemma qx_pos : 0 < qx. Proof. destruct sizes as [_ [_ [_ [_ [H _]]]]]. apply Rinv_0_lt_compat, H. Qed.
Lemma qz_pos : 0 < qz. Proof. apply Rmult_lt_0_compat; [apply eta_pos'|apply qx_pos]. Qed.
Lemma qa_pos : 0 < qa. Proof. apply Rmult_lt_0_compat; [apply eta_pos'|apply qz_pos]. Qed.
Lemma cx_qx : IZR cx * qx = 1. Proof. destruct sizes as [_ [_ [_ [_ [H _]]]]]. field. lra. Qed.
Lemma eta_qz : eta = IZR cx * qz. Proof. replace (IZR cx * qz) with (IZR cx * qx * eta) by ring. rewrite cx_qx. ring. Qed.
Lemma eta_qa : eta = IZR (score_one emin cx) * qa.
Proof. unfold score_one. rewrite mult_IZR. replace (IZR cx * IZR one * qa) with ((IZR cx * qx) * (eta * IZR one) * eta)
  by ring. rewrite cx_qx, eta_one. ring. Qed.

(* ---- the first layer ---- *)
End Sound.
