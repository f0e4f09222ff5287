(* SCORES, TWIN, REGISTER: the checker's comparisons of integers as the inequalities of reals that Trace.v asks for.
   *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Margin Gram Leads Rows Claim Form Sums Close FirstLayer Steps
  Register Trace Label Check Units.
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


(* ---- scores ---- *)
Definition Breal := IZR (b_top emin cx bd) * qa.
Lemma B_float : F Breal /\ 0 <= Breal.
Proof.
  destruct sizes as [Hl _]. unfold Breal, b_top. rewrite mult_IZR, Rmult_assoc, <- eta_qa.
  assert (E : IZR (2 ^ b_log bd) * eta = bpow radix2 (b_log bd - 1 + emin)).
  { replace (IZR (2 ^ b_log bd)) with (bpow radix2 (b_log bd)) by (rewrite <- IZR_Zpower by lia; reflexivity).
    unfold tiny. replace (b_log bd - 1 + emin)%Z with (b_log bd + (-(1) + emin))%Z by ring. rewrite !bpow_plus.
    change (bpow radix2 (-(1))) with (/ 2). ring. }
  rewrite E. split; [apply float_bpow; lia|apply bpow_ge_0].
Qed.
Lemma tops_nonneg : Forall (fun n => (0 <= n)%Z) (tops bd).
Proof.
  destruct parts as [_ [K _]]. unfold first_ok in K. split_and.
    repeat match goal with H : Nat.eqb _ _ = true |- _ => apply Nat.eqb_eq in H end.
  match goal with H : forallb _ (combine _ (b_rows bd)) = true |- _ => rename H into Rows end.
    rewrite forallb_forall in Rows.
  apply Forall_forall. intros n Hn. unfold tops in Hn. apply in_map_iff in Hn. destruct Hn as [rb [<- Hrb]].
  assert (L : length (b_rows bd) = length (combine (f_T f) (f_b f))) by (rewrite combine_length; unfold m_of_f in *; lia).
  destruct (combine_In_l (b_rows bd) (combine (f_T f) (f_b f)) rb Hrb L) as [tb Htb].
  assert (Hc : In (tb, rb) (combine (combine (f_T f) (f_b f)) (b_rows bd))).
  { clear - Htb. revert Htb. generalize (combine (f_T f) (f_b f)) (b_rows bd). intros l l'. revert l'.
    induction l as [|a l IH]; intros [|b l'] H; simpl in *; try tauto. destruct H as [E|H]; [left; congruence|right; auto]. }
  specialize (Rows _ Hc). cbn [fst snd] in Rows. unfold row_ok in Rows. split_and. apply Z.leb_le. assumption.
Qed.
Lemma zdot_nonneg w l : Forall (fun n => (0 <= n)%Z) l -> (0 <= zdot (map Z.abs w) l)%Z.
Proof. intro H. revert w. induction H as [|x l Hx Hl IH]; intros [|c w]; simpl; try lia. specialize (IH w).
  pose proof (Z.abs_nonneg c). nia. Qed.
Lemma uB n : (n <= P * b_top emin cx bd)%Z -> u * IZR n <= IZR (b_top emin cx bd).
Proof. apply u_le. Qed.
Lemma score_sound md : In md (f_second f :: f_middles f) -> length (m_w md) = m /\
  g u (m + 3) * (dot (abs (map wt (m_w md))) (rv qz (tops bd)) + Rabs (wt (m_b md)) + 2 * Breal) + INR (m + 3)
    * eta * (1 + u) ^ (m + 3)
  + dot (abs (map wt (m_w md))) (rv qz (errors bd)) + (2 * u * Breal + eta) <= IZR (b_error bd) * qa /\
  dot (map wt (map (Z.max 0) (m_w md))) (rv qz (tops bd)) + wt (m_b md) + IZR (b_error bd) * qa + u * Breal <= Breal.
Proof.
  intro Hin. destruct parts as [_ [_ [K _]]]. rewrite forallb_forall in K. specialize (K md Hin).
    unfold score_ok, of_nat in K. split_and.
  match goal with H : Nat.eqb _ _ = true |- _ => apply Nat.eqb_eq in H end. split; [assumption|].
  match goal with H : (_ <=? P * b_error bd)%Z = true |- _ => apply Z.leb_le in H; rename H into K1 end.
  match goal with H : (_ <=? P * b_top emin cx bd)%Z = true |- _ => apply Z.leb_le in H; rename H into K2 end.
  apply u_le in K1. apply u_le in K2.
  destruct sizes as [_ [_ [Sm _]]]. destruct (power_close u (m + 3) ltac:(left; apply u_pos) Sm) as [G1 G2].
  rewrite wt_abs, !dot_wt. assert (Wb : Rabs (wt (m_b md)) = IZR (Z.abs (m_b md)) * (IZR (score_one emin cx) * qa)).
  { rewrite <- eta_qa, abs_IZR. unfold weight. rewrite Rabs_mult, (Rabs_right eta); [reflexivity|pose proof eta_pos'; lra]. }
  assert (Wb' : wt (m_b md) = IZR (m_b md) * (IZR (score_one emin cx) * qa)) by (rewrite <- eta_qa; reflexivity).
  rewrite Wb. rewrite Wb' at 1. unfold Breal.
  pose proof eta_qa as Ee. pose proof qa_pos as Pq. pose proof u_pos as Pu. pose proof eta_pos' as Pe. pose proof u_P as UP.
  pose proof (zdot_nonneg (m_w md) _ tops_nonneg) as Pd. apply IZR_le in Pd. pose proof (proj2 B_float) as PB.
    unfold Breal in PB.
  assert (PBt : 0 <= IZR (b_top emin cx bd)) by (apply Rmult_le_reg_r with qa; lra).
  assert (Pso : 0 < IZR (score_one emin cx)) by (apply Rmult_lt_reg_r with qa; lra).
  assert (Pab : 0 <= IZR (Z.abs (m_b md))) by (apply IZR_le, Z.abs_nonneg).
  rewrite plus_INR in *. simpl (INR 3) in *. rewrite INR_IZR_INZ in *.
  repeat first [rewrite plus_IZR in K1 | rewrite mult_IZR in K1].
    repeat first [rewrite plus_IZR in K2 | rewrite mult_IZR in K2].
  pose proof (IZR_le 0 (Z.of_nat m) ltac:(lia)) as Pn.
  clear Wb Wb'. set (q := qa) in *. clearbody q.
  set (dm := IZR (zdot (map Z.abs (m_w md)) (tops bd))) in *. set (de := IZR (zdot (map Z.abs (m_w md)) (errors bd))) in *.
  set (dp := IZR (zdot (map (Z.max 0) (m_w md)) (tops bd))) in *. set (n := IZR (Z.of_nat m)) in *.
    set (so := IZR (score_one emin cx)) in *.
  set (Bt := IZR (b_top emin cx bd)) in *. set (E := IZR (b_error bd)) in *. set (ab := IZR (Z.abs (m_b md))) in *.
    set (sb := IZR (m_b md)) in *.
  unfold g. set (p := (1 + u) ^ (m + 3)) in *. set (e := eta) in *. clearbody dm de dp n so Bt E ab sb p e.
  assert (X : 0 <= dm + ab * so + 2 * Bt) by (assert (0 <= ab * so) by (apply Rmult_le_pos; lra); lra).
  split.
  - assert (M1 : (p - 1) * (dm + ab * so + 2 * Bt) <= (n + 4) * u * (dm + ab * so + 2 * Bt))
    by (apply Rmult_le_compat_r; lra).
    assert (M2 : (n + 3) * (so * p) <= (n + 3) * (so * 2)) by (apply Rmult_le_compat_l; [lra|apply Rmult_le_compat_l; lra]).
    assert (M3 : (p - 1) * (dm + ab * so + 2 * Bt) + (n + 3) * (so * p) + de + 2 * u * Bt + so <= E).
    { replace (u * ((n + 4) * (dm + ab * so + 2 * Bt) + 2 * Bt + IZR P * (de + (2 * n + 7) * so))) with
        ((n + 4) * u * (dm + ab * so + 2 * Bt) + 2 * u * Bt + (u * IZR P) * (de + (2 * n + 7) * so)) in K1 by ring.
          rewrite UP in K1. lra. }
    rewrite Ee. apply (Rmult_le_compat_r q) in M3; [|lra].
    replace ((p - 1) * (dm * q + ab * (so * q) + 2 * (Bt * q)) + (n + (1 + 1 + 1)) * (so * q)
      * p + de * q + (2 * u * (Bt * q) + so * q)) with
      (((p - 1) * (dm + ab * so + 2 * Bt) + (n + 3) * (so * p) + de + 2 * u * Bt + so) * q) by ring. exact M3.
  - replace (u * (IZR P * (dp + sb * so + E) + Bt)) with ((u * IZR P) * (dp + sb * so + E) + u * Bt) in K2 by ring.
    rewrite UP in K2.
    replace (dp * q + sb * (so * q) + E * q + u * (Bt * q)) with ((1 * (dp + sb * so + E) + u * Bt) * q) by ring.
    apply Rmult_le_compat_r; [lra|exact K2].
Qed.

Lemma twin_sound z0 : 0 <= z0 <= IZR (hd 0%Z (tops bd)) * qz -> let Qz := z0 + wt (f_twin f) - wt (hd 0%Z (f_b f)) in
  0 <= wt (f_slope f) /\ wt (f_slope f) * (IZR (b_twin bd) * qz) <= Breal /\
  wt (f_slope f) * (IZR (b_twin bd) * qz) + (2 * u * Breal + eta) <= IZR (b_error bd) * qa /\
  wt (f_slope f) * Qz + IZR (b_error bd) * qa + u * Breal <= Breal.
Proof.
  intros Hz Qz. destruct parts as [_ [_ [_ [K _]]]]. unfold twin_ok in K. split_and.
  repeat match goal with H : (_ <=? _)%Z = true |- _ => apply Z.leb_le in H end.
  match goal with H : (_ <= P * b_error bd)%Z |- _ => rename H into K1 end.
  match goal with H : (_ <= P * b_top emin cx bd)%Z |- _ => rename H into K2 end.
  match goal with H : (f_slope f * b_twin bd <= _)%Z |- _ => rename H into K3 end.
  match goal with H : (0 <= f_slope f)%Z |- _ => rename H into K0 end.
  apply u_le in K1. apply u_le in K2. apply IZR_le in K3. apply IZR_le in K0. rewrite mult_IZR in K3.
  repeat first [rewrite plus_IZR in K1 | rewrite mult_IZR in K1].
    repeat first [rewrite plus_IZR in K2 | rewrite minus_IZR in K2 | rewrite mult_IZR in K2].
  pose proof eta_qa as Ee. pose proof eta_qz as Ez. pose proof qa_pos as Pq. pose proof qz_pos as Pz.
    pose proof u_pos as Pu. pose proof eta_pos' as Pe. pose proof u_P as UP.
  unfold Breal, weight in *. subst Qz.
  set (sl := IZR (f_slope f)) in *. set (tw := IZR (f_twin f)) in *. set (b0 := IZR (hd 0%Z (f_b f))) in *.
    set (et := IZR (b_twin bd)) in *.
  set (Bt := IZR (b_top emin cx bd)) in *. set (E := IZR (b_error bd)) in *. set (so := IZR (score_one emin cx)) in *.
    set (t0 := IZR (hd 0%Z (tops bd))) in *.
  replace (u * (IZR P * (sl * et + so) + 2 * Bt)) with ((u * IZR P) * (sl * et + so) + 2 * u * Bt) in K1 by ring.
    rewrite UP in K1.
  replace (u * (IZR P * (sl * (t0 + (tw - b0) * IZR cx) + E) + Bt)) with ((u * IZR P) * (sl * (t0 + (tw - b0) * IZR cx)
    + E) + u * Bt) in K2 by ring. rewrite UP in K2.
  split; [apply Rmult_le_pos; lra|]. split; [|split].
  - replace (sl * eta * (et * qz)) with (sl * et * qa) by ring. apply Rmult_le_compat_r; lra.
  - replace (sl * eta * (et * qz) + (2 * u * (Bt * qa) + eta)) with ((sl * et + 2 * u * Bt) * qa + eta) by ring.
    assert ((1 * (sl * et + so) + 2 * u * Bt) * qa <= E * qa) by (apply Rmult_le_compat_r; [lra|exact K1]). lra.
  - assert (M : sl * eta * (z0 + tw * eta - b0 * eta) <= sl * (t0 + (tw - b0) * IZR cx) * qa).
    { replace (sl * (t0 + (tw - b0) * IZR cx) * qa) with (sl * eta * (t0 * qz + (tw - b0) * (IZR cx * qz))) by ring.
      rewrite <- Ez.
      apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra]. }
    assert ((1 * (sl * (t0 + (tw - b0) * IZR cx) + E) + u * Bt) * qa <= Bt * qa) by (apply Rmult_le_compat_r; lra). lra.
Qed.

(* ---- the register's numbers ---- *)
Notation L := (wt (b_rate bd)).
Notation R0 := (IZR (zsum (incs f))).
Lemma register_parts : Forall (fun n => (0 <= n)%Z) (incs f) /\ (zsum (incs f) <= P)%Z /\ (f_top f <= P)%Z /\
  (- P <= f_top f - zsum (incs f))%Z /\
  0 < L /\ (forall j, (j <= length (f_middles f))%nat -> L <= wt (rate_at f j)) /\
    2 * wt (f_slope f) * L <= wt (m_rate (f_second f)) /\
  4 * (R0 + 1) / L <= IZR (b_base bd) * qa /\ 5 * u * Breal + IZR (b_base bd) * qa + 2 * (IZR (b_error bd) * qa)
    <= IZR (b_req bd) * qa.
Proof.
  destruct parts as [_ [_ [_ [_ [K _]]]]]. unfold register_ok in K. split_and.
  repeat match goal with H : (_ <=? _)%Z = true |- _ => apply Z.leb_le in H end.
    repeat match goal with H : (_ <? _)%Z = true |- _ => apply Z.ltb_lt in H end.
  pose proof eta_pos' as Pe. pose proof qa_pos as Pq. pose proof u_P as UP. pose proof u_pos as Pu.
  match goal with H : (0 < b_rate bd)%Z |- _ => pose proof (IZR_lt _ _ H) as Pr end.
  assert (PL : 0 < L) by (unfold weight; apply Rmult_lt_0_compat; assumption).
  split. { match goal with H : forallb _ (incs f) = true |- _ => rewrite forallb_forall in H; apply Forall_forall;
    intros n Hn; apply Z.leb_le, H, Hn end. }
  split; [assumption|]. split; [assumption|]. split; [assumption|]. split; [exact PL|]. split.
  { intros j Hj. match goal with H : forallb _ (map m_rate _ ++ _) = true |- _ => rewrite forallb_forall in H;
    rename H into K1 end.
    assert (Hin : In (rate_at f j) (map m_rate (f_middles f) ++ [f_rate f])).
    { unfold rate_at. apply nth_In. rewrite app_length, map_length. simpl. lia. }
    specialize (K1 _ Hin). apply Z.leb_le, IZR_le in K1. unfold weight. apply Rmult_le_compat_r; lra. }
  split.
  { match goal with H : (2 * f_slope f * b_rate bd <= _)%Z |- _ => apply IZR_le in H; rewrite !mult_IZR in H;
    rename H into K1 end.
    unfold weight. assert (IZR 2 * IZR (f_slope f) * IZR (b_rate bd) * (eta * eta) <= IZR (m_rate (f_second f))
      * IZR one * (eta * eta)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|exact K1]).
    replace (IZR (m_rate (f_second f)) * eta) with (IZR (m_rate (f_second f)) * (eta * IZR one) * eta)
      by (rewrite eta_one; ring). lra. }
  split.
  { match goal with H : (4 * _ * _ <= _)%Z |- _ => apply IZR_le in H; rewrite !mult_IZR, plus_IZR in H; rename H into K1 end.
    apply Rmult_le_reg_r with L; [exact PL|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. unfold weight.
    replace (IZR (b_base bd) * qa * (IZR (b_rate bd) * eta)) with (IZR (b_base bd) * IZR (b_rate bd) * (qa * eta)) by ring.
    apply Rle_trans with (4 * (R0 + 1) * (IZR cx * (IZR one * IZR one * IZR one)) * (qa * eta)).
    - right. replace (4 * (R0 + 1) * (IZR cx * (IZR one * IZR one * IZR one)) * (qa * eta)) with
        (4 * (R0 + 1) * (IZR cx * qx) * ((eta * IZR one) * (eta * IZR one) * (eta * IZR one))) by ring.
          rewrite cx_qx, eta_one. ring.
    - apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|exact K1]. }
  match goal with H : (5 * b_top emin cx bd <= _)%Z |- _ => apply u_le in H; rewrite !minus_IZR, !mult_IZR in H;
    rename H into K1 end.
  unfold Breal. assert (u * (5 * IZR (b_top emin cx bd)) * qa <= (IZR (b_req bd) - IZR (b_base bd)
    - 2 * IZR (b_error bd)) * qa) by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma gk_bound : g u 3 <= 4 * u /\ 32 * u <= 1 /\ (1 + u) ^ 3 <= 2.
Proof.
  destruct sizes as [_ [_ [_ [S _]]]]. pose proof (pos_INR (length (f_middles f))). pose proof u_pos.
  assert (U : 32 * u <= 1) by nra. destruct (power_close u 3 ltac:(lra) ltac:(simpl; lra)) as [A C]. unfold g.
    simpl INR in A. lra.
Qed.
Lemma slack_bound n : (n <= length (f_middles f) + 3)%nat -> slack emin prec L R0 n <= 4 * (R0 + 1) / L.
Proof.
  intro Hn. destruct register_parts as [Pi [_ [_ [_ [PL _]]]]]. destruct gk_bound as [G1 [U G3]].
    pose proof eta_u as Eu. pose proof u_pos. pose proof eta_pos'.
  pose proof (g_pos u (unit_range prec Hp) 3) as G0. pose proof (pow_ge1 u (unit_range prec Hp) 3) as P3.
  assert (PR : 0 <= R0) by (apply IZR_le, zsum_nonneg; exact Pi).
  unfold slack. unfold Rdiv. apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; exact PL|].
  unfold Register.delta, Register.most. set (gk := g u 3) in *. set (ek := 3 * eta * (1 + u) ^ 3).
  assert (E0 : 0 <= ek <= 4 * u). { unfold ek. split; [apply Rmult_le_pos; lra|].
    assert (3 * eta * (1 + u) ^ 3 <= 3 * eta * 2) by (apply Rmult_le_compat_l; lra). lra. }
  assert (X : (R0 * (1 + gk) + ek) / (1 - gk) <= 2 * R0 + 2).
  { apply Rmult_le_reg_r with (1 - gk); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra. }
  set (x := (R0 * (1 + gk) + ek) / (1 - gk)) in *.
  assert (D : gk * (R0 + x) + ek <= 12 * u * (R0 + 1)).
  { assert (gk * (R0 + x) <= 4 * u * (3 * R0 + 2)); [|lra].
    apply Rle_trans with (gk * (3 * R0 + 2)); [apply Rmult_le_compat_l; lra|apply Rmult_le_compat_r; lra]. }
  destruct sizes as [_ [_ [_ [S _]]]]. apply le_INR in Hn. rewrite plus_INR in Hn. simpl (INR 3) in Hn.
  pose proof (pos_INR n). set (len := INR (length (f_middles f))) in *.
  assert (INR n * (gk * (R0 + x) + ek) <= INR n * (12 * u * (R0 + 1))) by (apply Rmult_le_compat_l; lra).
  assert (Y : INR n * (12 * u * (R0 + 1)) <= R0 + 1).
  { replace (INR n * (12 * u * (R0 + 1))) with (12 * INR n * u * (R0 + 1)) by ring.
    rewrite <- (Rmult_1_l (R0 + 1)) at 2. apply Rmult_le_compat_r; [lra|]. nra. }
  lra.
Qed.

End Sound.
