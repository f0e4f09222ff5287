(* NO OVERFLOW in the units of every later layer, given what bounds the state before it. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool Permutation.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Leads Rows Claim Form Sums Close FirstLayer Steps Trace Label Check
  Units CheckFirst CheckScores CheckSound OverflowCheck Overflow OverflowFirst.
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
#[local] Notation Sz := (OverflowFirst.Sz emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation Hm0' := (OverflowFirst.Hm0' emin prec Hp Hm).
#[local] Notation ranges := (OverflowFirst.ranges emin prec emax Hp Hm f cx rn rd bd data ranged).
#[local] Notation e_qa := (OverflowFirst.e_qa emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation e_qz := (OverflowFirst.e_qz emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation qa_p := (OverflowFirst.qa_p emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation qz_p := (OverflowFirst.qz_p emin prec Hp f cx rn rd bd data covers checked).
#[local] Notation one_qz := (OverflowFirst.one_qz emin prec Hp Hm cx).
#[local] Notation so_one_qa := (OverflowFirst.so_one_qa emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation one_cx_qz := (OverflowFirst.one_cx_qz emin prec Hp Hm f cx rn rd bd data covers checked).
#[local] Notation eta_le_u := (OverflowFirst.eta_le_u emin prec Hm).
#[local] Notation small := (OverflowFirst.small emin prec emax Hp Hm f cx rn rd bd data ranged).
#[local] Notation length_terms := (OverflowFirst.length_terms emin).

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
Proof. revert v; induction n as [|n IH]; intros [|a v]; simpl; auto. rewrite IH. unfold weight.
  rewrite !Rmult_0_l, Rabs_R0. ring. Qed.
Lemma copies_ok extra v : (length v <= 3)%nat -> Forall (fun t => ok (terms emin t (z ++ v))) (copies one m extra).
Proof.
  intro Lv. apply Forall_forall. intros t Ht. apply in_map_iff in Ht. destruct Ht as [l [<- Hl]]. apply in_seq in Hl.
  destruct ranges as [O4 [_ [_ [_ [_ [_ [Tops _]]]]]]]. rewrite forallb_forall in Tops.
  assert (Hl' : (l < length z)%nat) by lia.
  assert (Nz : nonzero (terms emin (e_row one m l ++ repeat 0%Z extra, 0%Z) (z ++ v)) = nonzero [(1, nth l z 0)]).
  { unfold terms. cbn [fst snd]. rewrite map_app, combine_app by (rewrite map_length; rewrite <- Lz;
    apply (e_row_length emin); exact Hl').
    rewrite <- Lz. rewrite !nonzero_app, (e_row_terms emin Hm0') by exact Hl'. rewrite zeros.
      rewrite (dead (wt 0)) by (unfold weight; ring).
    change (nonzero []) with (@nil (R * R)). rewrite !app_nil_r. reflexivity. }
  assert (Ht : exists n, In n (tops bd) /\ Rabs (nth l z 0) <= IZR n * qz).
  { exact (below_top qz z (tops bd) Tp l Hl'). }
  destruct Ht as [n [Hn Bn]]. specialize (Tops n Hn). apply Z.leb_le, IZR_le in Tops. repeat rewrite mult_IZR in Tops.
    change (IZR (top_z prec emax)) with Om in Tops.
  apply (small _ (IZR n * qz)).
  - rewrite Nz. eapply Nat.le_trans; [apply filter_length_le'|]. simpl. lia.
  - rewrite <- mag_nz, Nz, mag_nz. cbn [mag]. rewrite Rmult_1_l, Rplus_0_r. exact Bn.
  - apply (Rmult_le_compat_r qz) in Tops; [|left; exact qz_p].
    replace (Om * (IZR one * IZR cx) * qz) with (Om * (IZR one * IZR cx * qz)) in Tops by ring.
    rewrite one_cx_qz in Tops. lra.
Qed.
Lemma score_unit md xs v : In md (f_second f :: f_middles f) -> (length xs <= 3)%nat -> length v = length xs ->
  mag (combine (map wt xs) v) <= 2 * B ->
  ok (terms emin (m_w md ++ xs, m_b md) (z ++ v)).
Proof.
  intros Hmd Lx Lv Mx. destruct (score_sound emin prec Hp Hm f cx rn rd bd data covers checked md Hmd) as [Lw _].
  destruct (unit_mag (m_w md) xs (m_b md) v Lw Lx Lv) as [Ln Mg].
    destruct ranges as [_ [_ [_ [_ [_ [_ [_ [Sc _]]]]]]]]. rewrite forallb_forall in Sc. specialize (Sc md Hmd).
  unfold score_range in Sc. apply Z.leb_le, IZR_le in Sc. repeat first [rewrite plus_IZR in Sc | rewrite mult_IZR in Sc
    | rewrite abs_IZR in Sc]. change (IZR (top_z prec emax)) with Om in Sc.
  pose proof (mag_combine (map wt (m_w md)) z _ Tp) as M1. rewrite wt_abs, dot_wt in M1.
  apply (small _ (IZR (zdot (map Z.abs (m_w md)) (tops bd)) * qa + 2 * B + Rabs (wt (m_b md)))); [exact Ln|rewrite Mg; lra|].
  apply (Rmult_le_compat_r qa) in Sc; [|left; exact qa_p]. replace (Om * (IZR (score_one emin cx) * IZR one) * qa)
    with (Om * (IZR (score_one emin cx) * IZR one * qa)) in Sc by ring.
  rewrite so_one_qa in Sc. assert (Wb : Rabs (wt (m_b md)) = Rabs (IZR (m_b md)) * (IZR (score_one emin cx) * qa)).
  { rewrite <- e_qa. unfold weight. rewrite Rabs_mult, (Rabs_right eta); [reflexivity|pose proof (eta_pos' emin); lra]. }
  rewrite Wb. unfold Breal. lra.
Qed.
Lemma plain_unit xs b v K : (length xs <= 3)%nat -> length v = length xs ->
  mag (combine (map wt xs) v) + Rabs (wt b) <= K -> 4 * K <= Om ->
  ok (terms emin (repeat 0%Z m ++ xs, b) (z ++ v)).
Proof.
  intros Lx Lv Mx HK. destruct (unit_mag (repeat 0%Z m) xs b v (repeat_length _ _) Lx Lv) as [Ln Mg].
    rewrite zero_part in Mg.
  apply (small _ K); [exact Ln|rewrite Mg; lra|exact HK].
Qed.
End Units.
Lemma four_B : 4 * (2 * B) <= Om.
Proof.
  destruct ranges as [_ [_ [_ [_ [_ [_ [_ [Sc _]]]]]]]]. cbn [forallb] in Sc. apply andb_true_iff in Sc.
    destruct Sc as [Sc _].
  unfold score_range in Sc. apply Z.leb_le, IZR_le in Sc. repeat first [rewrite plus_IZR in Sc | rewrite mult_IZR in Sc
    | rewrite abs_IZR in Sc]. change (IZR (top_z prec emax)) with Om in Sc.
  pose proof (zdot_nonneg prec Hp (m_w (f_second f)) _ (tops_nonneg emin prec f cx rn rd bd data covers checked))
    as Pd. apply IZR_le in Pd.
  apply (Rmult_le_compat_r qa) in Sc; [|left; exact qa_p]. replace (Om * (IZR (score_one emin cx) * IZR one) * qa)
    with (Om * (IZR (score_one emin cx) * IZR one * qa)) in Sc by ring.
  rewrite so_one_qa in Sc. assert (0 <= Rabs (IZR (m_b (f_second f))) * (IZR (score_one emin cx) * qa)).
  { apply Rmult_le_pos; [apply Rabs_pos|]. rewrite <- e_qa. left. apply eta_pos'. }
  assert (0 <= IZR (zdot (map Z.abs (m_w (f_second f))) (tops bd)) * qa) by (apply Rmult_le_pos; [exact Pd|left;
    exact qa_p]). unfold Breal. lra.
Qed.
Lemma rate_bound rate : In rate (map m_rate (f_middles f) ++ [f_rate f]) -> 4 * (2 * R0 + wt rate * B) <= Om.
Proof.
  intro H. destruct ranges as [_ [_ [_ [_ [_ [_ [_ [_ [Rt _]]]]]]]]]. rewrite forallb_forall in Rt.
    specialize (Rt rate H). unfold rate_range in Rt. apply Z.leb_le, IZR_le in Rt.
  repeat first [rewrite plus_IZR in Rt | rewrite mult_IZR in Rt]. change (IZR (top_z prec emax)) with Om in Rt.
  assert (P : 0 <= qa * eta) by (apply Rmult_le_pos; [left; exact qa_p|left; apply eta_pos']).
  apply (Rmult_le_compat_r (qa * eta)) in Rt; [|exact P]. pose proof so_one_qa as S1.
    pose proof (eta_one emin prec Hp Hm) as E1.
  replace (Om * (IZR (score_one emin cx) * IZR one * IZR one) * (qa * eta)) with (Om * (IZR (score_one emin cx)
    * IZR one * qa) * (eta * IZR one)) in Rt by ring. rewrite S1, E1 in Rt.
  replace (4 * (2 * R0 * (IZR (score_one emin cx) * IZR one * IZR one) + IZR rate * IZR (b_top emin cx bd))
    * (qa * eta)) with
    (4 * (2 * R0 * ((IZR (score_one emin cx) * IZR one * qa) * (eta * IZR one))
      + IZR rate * eta * (IZR (b_top emin cx bd) * qa))) in Rt by ring. rewrite S1, E1 in Rt.
  unfold Breal, weight. lra.
Qed.

Lemma one_weight : wt one = 1. Proof. exact (weight_one emin Hm0'). Qed.
Lemma mag3 s r0 k a b c0 : mag (combine (map wt [a; b; c0]) [s; r0;
  k]) = Rabs (wt a * s) + Rabs (wt b * r0) + Rabs (wt c0 * k).
Proof. cbn [map combine mag]. ring. Qed.
Lemma register_unit z s r0 k rate inc : length z = m -> Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) ->
  0 <= s -> 0 <= r0 -> s + r0 <= B -> 0 <= k <= R0 -> In rate (map m_rate (f_middles f) ++ [f_rate f]) -> In inc (incs f) ->
  ok (terms emin (repeat 0%Z m ++ [0%Z; (- rate)%Z; one], (inc * one)%Z) (z ++ [s; r0; k])).
Proof.
  intros Lz Tp Ps Pr HB Pk Hr Hi. destruct (register_parts emin prec Hp Hm f cx rn rd bd data covers checked)
    as [I1 [_ [_ [_ [PL [RL _]]]]]].
  assert (Wr : 0 <= wt rate).
  { destruct (In_nth _ _ 0%Z Hr) as [j [Hj Ej]]. rewrite app_length, map_length in Hj. simpl in Hj.
    specialize (RL j ltac:(lia)). unfold rate_at in RL. rewrite Ej in RL. lra. }
  assert (Pi : 0 <= IZR inc <= R0).
  { rewrite Forall_forall in I1. pose proof (I1 inc Hi) as A. split; [apply IZR_le; exact A|]. apply IZR_le.
    clear - Hi I1. induction (incs f) as [|n l IH]; [destruct Hi|].
    assert (Pl : (0 <= zsum l)%Z) by (apply zsum_nonneg, Forall_forall; intros; apply I1; right; assumption).
      pose proof (I1 n (or_introl eq_refl)).
    simpl. fold zsum in *. destruct Hi as [->|Hi]; [unfold zsum in *; lia|].
      specialize (IH Hi (fun w Hw => I1 w (or_intror Hw))). unfold zsum in *. lia. }
  apply (plain_unit z Lz) with (K := 2 * R0 + wt rate * B); [simpl; lia|reflexivity| |apply rate_bound; exact Hr].
  rewrite mag3, weight_opp, one_weight, (weight_int emin Hm0'). replace (wt 0 * s) with 0 by (unfold weight; ring).
    rewrite Rabs_R0.
  replace (- wt rate * r0) with (- (wt rate * r0)) by ring.
    rewrite Rabs_Ropp, Rmult_1_l, (Rabs_right k), (Rabs_right (IZR inc)) by lra.
  rewrite Rabs_right by (apply Rle_ge, Rmult_le_pos; lra). assert (wt rate * r0 <= wt rate * B)
    by (apply Rmult_le_compat_l; lra). lra.
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
  - apply (plain_unit z Lz) with (K := B); [simpl; lia|reflexivity| |lra]. rewrite mag3, one_weight.
    replace (wt 0) with 0 in * by (unfold weight; ring). rewrite Rabs_R0. lra.
  - apply (score_unit z Lz Tp md); [right; exact Hmd|simpl; lia|reflexivity|]. rewrite mag3, weight_opp, one_weight.
    replace (- (1) * s) with (- (1 * s)) by ring. replace (- (1) * r0) with (- (1 * r0)) by ring. rewrite !Rabs_Ropp. lra.
  - apply register_unit; auto; [apply in_or_app; left; apply in_map; exact Hmd|]. right. right. apply in_or_app. left.
    apply in_map. exact Hmd.
Qed.
Lemma second_ok z q : length z = m -> Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) ->
  0 <= wt (f_slope f) * q <= 2 * B -> 0 <= q ->
  q <= (IZR (hd 0%Z (tops bd)) + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f)))) * IZR cx + IZR (b_twin bd)) * qz ->
  Forall (fun t => ok (terms emin t (z ++ [q]))) (second_layer one m (f_slope f) (f_second f)).
Proof.
  intros Lz Tp Sq Pq Hq. unfold second_layer. apply Forall_app. split; [apply copies_ok; auto; simpl; lia|].
  destruct (register_parts emin prec Hp Hm f cx rn rd bd data covers checked) as [I1 [_ [_ [_ [PL [_ [RS _]]]]]]].
  destruct (twin_sound emin prec Hp Hm f cx rn rd bd data covers checked 0) as [T1 _].
  { pose proof (tops_nonneg emin prec f cx rn rd bd data covers checked) as T. split; [lra|].
    apply Rmult_le_pos; [|left; exact qz_p]. apply IZR_le. destruct (tops bd); [simpl; lia|]. inversion T; subst.
    simpl. assumption. }
  destruct (B_float emin prec Hp Hm f cx rn rd bd data covers checked) as [_ PB]. pose proof four_B as FB.
  apply Forall_cons; [|apply Forall_cons; [|apply Forall_cons; [|constructor]]].
  - apply (plain_unit z Lz) with (K := 2 * B); [simpl; lia|reflexivity| |exact FB]. cbn [map combine mag].
    replace (wt 0) with 0 by (unfold weight; ring). rewrite Rabs_R0, Rabs_right by lra. lra.
  - apply (score_unit z Lz Tp (f_second f)); [left; reflexivity|simpl; lia|reflexivity|]. cbn [map combine mag].
    rewrite weight_opp.
    replace (- wt (f_slope f) * q) with (- (wt (f_slope f) * q)) by ring. rewrite Rabs_Ropp, Rabs_right by lra. lra.
  - destruct ranges as [_ [_ [_ [_ [_ [_ [_ [_ [_ K]]]]]]]]].
    set (qm := IZR (hd 0%Z (tops bd)) + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f))))
      * IZR cx + IZR (b_twin bd)) in *.
    assert (Wr : 0 <= wt (m_rate (f_second f))) by (assert (0 <= wt (f_slope f) * wt (b_rate bd))
      by (apply Rmult_le_pos; lra); lra).
    apply (plain_unit z Lz) with (K := R0 + wt (m_rate (f_second f)) * (qm * qz)); [simpl; lia|reflexivity| |].
    + cbn [map combine mag]. rewrite weight_opp, (weight_int emin Hm0').
      replace (- wt (m_rate (f_second f)) * q) with (- (wt (m_rate (f_second f)) * q)) by ring.
      rewrite Rabs_Ropp, Rabs_right by (apply Rle_ge, Rmult_le_pos; lra).
      assert (Pi : 0 <= IZR (m_inc (f_second f)) <= R0).
      { unfold incs in *. inversion I1 as [|? ? _ I2]; subst. inversion I2 as [|? ? I3 I4]; subst.
        split; [apply IZR_le; exact I3|]. apply IZR_le. pose proof (zsum_nonneg _ I4). simpl. unfold zsum in *. lia. }
      rewrite Rabs_right by lra. assert (wt (m_rate (f_second f)) * q <= wt (m_rate (f_second f)) * (qm * qz))
        by (apply Rmult_le_compat_l; lra). lra.
    + apply (Rmult_le_compat_r qa) in K; [|left; exact qa_p].
      replace (Om * (IZR (score_one emin cx) * IZR one) * qa) with (Om * (IZR (score_one emin cx) * IZR one * qa))
      in K by ring.
      rewrite so_one_qa in K. replace (4 * (R0 * (IZR (score_one emin cx) * IZR one) + IZR (m_rate (f_second f)) * qm)
        * qa) with
        (4 * (R0 * (IZR (score_one emin cx) * IZR one * qa) + IZR (m_rate (f_second f)) * eta * (qm * qz)))
          in K by ring. rewrite so_one_qa in K. unfold weight. lra.
Qed.
End Sound.
