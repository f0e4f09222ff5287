(* NO OVERFLOW in the inputs and the first layer. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool Permutation.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Leads Rows Claim Form Sums Close FirstLayer Steps Trace Label Check
  Units CheckFirst CheckScores CheckSound OverflowCheck Overflow.
Import ListNotations.
Open Scope R_scope.

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
  forallb (fun p => row_range emin prec emax cx (fst (fst p)) (snd (fst p)) (rb_size (snd p)))
    (combine (combine (f_T f) (f_b f)) (b_rows bd)) = true /\
  match b_rows bd with rb :: _ => row_range emin prec emax cx (hd [] (f_T f)) (f_twin f) (rb_size rb)
    | [] => false end = true /\
  forallb (fun n => (4 * n <=? top_z prec emax * (one * cx))%Z) (tops bd) = true /\
  forallb (score_range emin prec emax cx bd) (f_second f :: f_middles f) = true /\
  forallb (rate_range emin prec emax f cx bd) (map m_rate (f_middles f) ++ [f_rate f]) = true /\
  4 * (R0 * (IZR (score_one emin cx) * IZR one) + IZR (m_rate (f_second f)) * (IZR (hd 0%Z (tops bd))
    + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f)))) * IZR cx + IZR (b_twin bd)))
    <= Om * (IZR (score_one emin cx) * IZR one).
Proof.
  pose proof ranged as K. unfold range_ok, of_nat in K. split_and.
  repeat match goal with H : (_ <=? _)%Z = true |- _ => apply Z.leb_le in H end.
  repeat match goal with H : (_ <= _)%Z |- _ => apply IZR_le in H end.
  unfold largest. change ((2 ^ prec - 1) * 2 ^ (emax - prec))%Z with (top_z prec emax).
  split; [assumption|]. split.
  { match goal with H : IZR ((_ + 4) * _) <= _ |- _ => rename H into K1 end.
    rewrite INR_IZR_INZ, <- plus_IZR, <- mult_IZR. rewrite Nat2Z.inj_add. simpl (Z.of_nat 4).
    replace (Z.of_nat m + 4 + 1)%Z with (Z.of_nat m + 5)%Z by ring.
      pose proof (u_P emin prec Hp Hm f cx rn rd bd data covers) as UP || pose proof (u_P prec Hp) as UP.
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
Proof. pose proof (eta_one emin prec Hp Hm) as E. replace (IZR one * qz) with (eta * IZR one * qx) by ring. rewrite E.
  ring. Qed.
Lemma so_one_qa : IZR (score_one emin cx) * IZR one * qa = 1.
Proof. pose proof (eta_one emin prec Hp Hm) as E. replace (IZR (score_one emin cx) * IZR one * qa)
  with (IZR one * (IZR (score_one emin cx) * qa)) by ring. rewrite <- e_qa. rewrite Rmult_comm. exact E. Qed.
Lemma one_cx_qz : IZR one * IZR cx * qz = 1.
Proof. replace (IZR one * IZR cx * qz) with (IZR one * (IZR cx * qz)) by ring. rewrite <- e_qz.
  pose proof (eta_one emin prec Hp Hm). lra. Qed.
Lemma eta_le_u : eta <= u.
Proof. pose proof (eta_u emin prec Hm). pose proof (eta_pos' emin). lra. Qed.

(* a unit of any later layer *)
Lemma small ts K : (length (nonzero ts) <= m + 4)%nat -> mag ts <= K -> 4 * K <= Om -> ok ts.
Proof.
  intros Hn HK HL. destruct ranges as [O4 [Hu _]]. apply (in_range_small emin prec emax Hp ts (m + 4)); auto.
  pose proof (pos_INR (m + 4)). pose proof (u_pos prec). pose proof eta_le_u. pose proof (eta_pos' emin).
  assert (INR (m + 4) * eta <= INR (m + 4) * u) by (apply Rmult_le_compat_l; lra).
  assert (INR (m + 4) * u <= 1). { assert (1 <= INR (m + 4)) by (rewrite plus_INR; simpl; pose proof (pos_INR m); lra).
    assert (INR (m + 4) * u * 1 <= INR (m + 4) * u * (INR (m + 4) + 1)) by (apply Rmult_le_compat_l;
      [apply Rmult_le_pos; lra|lra]). lra. }
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
  destruct ranges as [O4 [_ [_ [K _]]]]. rewrite forallb_forall in K.
    assert (Hx : In x0 (map fst data)) by (change x0 with (fst (x0, y)); apply in_map; eapply in_combine_l; exact Hin).
  specialize (K x0 Hx). unfold input_ok in K. destruct Sz as [_ [_ [_ [_ [Pc [Prd Prn]]]]]]. destruct Hball as [Lx D].
  assert (Pr : 0 <= r) by (apply Rmult_le_pos; [exact Prn|left; apply Rinv_0_lt_compat; exact Prd]).
  unfold point in *. clear Hin Hx Hball. revert x x' Lx D Hnear K.
    induction x0 as [|n x1 IH]; intros [|a v] v' Lx D Hn K; simpl in Lx; try discriminate;
    inversion Hn as [|? a' ? v1 Ha Hv]; subst; [constructor|].
  cbn [forallb] in K. cbn [dist2 map] in D. apply andb_true_iff in K. destruct K as [K1 K2].
  assert (D2 : 0 <= dist2 v (map (fun n => IZR n / IZR cx) x1)) by (rewrite dist2_vsub; apply dot_nonneg).
  pose proof (Rle_0_sqr (a - IZR n / IZR cx)) as Sq0. unfold Rsqr in Sq0.
  constructor; [|apply (IH v v1); [lia|lra|exact Hv|exact K2]].
  assert (Sq : (a - IZR n / IZR cx) * (a - IZR n / IZR cx) <= r * r) by lra.
  assert (Ab : Rabs (a - IZR n / IZR cx) <= r) by (apply Rabs_le; split; nra).
  pose proof (near_err emin prec Hp _ _ Ha) as E. pose proof (unit_range prec Hp). pose proof eta_le_u.
    pose proof (Rabs_pos a).
  assert (A1 : Rabs a' <= 2 * Rabs a + 1).
  { replace a' with ((a' - a) + a) by ring. eapply Rle_trans; [apply Rabs_triang|].
    assert (u * Rabs a <= 1 * Rabs a) by (apply Rmult_le_compat_r; lra). lra. }
  assert (A2 : Rabs a <= Rabs (IZR n) / IZR cx + r).
  { replace a with ((a - IZR n / IZR cx) + IZR n / IZR cx) by ring. eapply Rle_trans; [apply Rabs_triang|].
    unfold Rdiv at 2. rewrite Rabs_mult, (Rabs_right (/ IZR cx)); [unfold Rdiv in *; lra|]. left.
      apply Rinv_0_lt_compat. exact Pc. }
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
    unfold row_range in K. apply Z.leb_le, IZR_le in K. repeat first [rewrite plus_IZR in K | rewrite mult_IZR in K |
      rewrite abs_IZR in K].
    pose proof qz_p as Pq. pose proof one_cx_qz as O1. pose proof e_qz as Ez. pose proof (unit_range prec Hp) as Hu.
      pose proof (eta_pos' emin) as Pe.
    assert (Wb : Rabs (wt b) = Rabs (IZR b) * eta) by (unfold weight; rewrite Rabs_mult, (Rabs_right eta); lra). rewrite Wb.
    assert (N1 : INR (d + 2) * eta <= 1).
    { pose proof eta_le_u. pose proof (pos_INR (d + 2)). assert (INR (d + 2) * eta <= INR (d + 2) * u)
      by (apply Rmult_le_compat_l; lra).
      assert (1 <= INR (d + 2)) by (rewrite plus_INR; simpl; pose proof (pos_INR d); lra).
      assert (INR (d + 2) * u * 1 <= INR (d + 2) * u * (INR (d + 2) + 1)) by (apply Rmult_le_compat_l;
        [apply Rmult_le_pos; lra|lra]). lra. }
    pose proof (dot_abs_pos (map wt t) x) as Pd. set (ax := dot (abs (map wt t)) (abs x)) in *.
      set (s1 := sum1 (abs (map wt t))) in *.
    set (z1 := IZR (zabs_sum t / one)) in *. change (IZR (top_z prec emax)) with Om in K.
    assert (A1 : (1 + u) * ax <= 2 * (IZR size * qz)) by (apply Rle_trans with (2 * ax); [apply Rmult_le_compat_r|]; lra).
    assert (A2 : eta * s1 <= eta * (z1 + 1)) by (apply Rmult_le_compat_l; lra).
    apply (Rmult_le_compat_r qz) in K; [|lra]. replace (Om * (IZR one * IZR cx) * qz)
      with (Om * (IZR one * IZR cx * qz)) in K by ring. rewrite O1 in K.
    replace (4 * (2 * IZR size + IZR cx * (z1 + 1) + Rabs (IZR b) * IZR cx) * qz) with
      (4 * (2 * (IZR size * qz) + (IZR cx * qz) * (z1 + 1) + Rabs (IZR b) * (IZR cx * qz))) in K by ring.
        rewrite <- Ez in K. lra.
Qed.

End Ball.
End Sound.
