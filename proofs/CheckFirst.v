(* THE FIRST LAYER as the checker bounds it: on every ball computed coordinates are within `errors` of the exact ones,
   not negative and below `tops`. *)
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

Lemma error_sound t b x x' s size err : length t = d -> length x = d -> Forall2 (near F) x x' ->
  Claim.sums emin prec (terms emin (t, b) x') s ->
  dot (abs (map wt t)) (abs x) <= IZR size * qz -> error_ok emin prec f cx t b size err = true ->
  Rabs (s - (dot (map wt t) x + wt b)) <= IZR err * qz.
Proof.
  intros Lt Lx Nx Hs HA K. destruct sizes as [_ [Sd _]].
  pose proof (row_near emin prec Hp t b x x' s _ ltac:(congruence) Nx Hs ltac:(rewrite Lt; exact Sd) HA) as R.
    rewrite Lt in R.
  eapply Rle_trans; [exact R|]. unfold error_ok, of_nat in K. apply Z.leb_le, IZR_le in K.
    rewrite plus_IZR, !mult_IZR, !plus_IZR, !mult_IZR in K.
  pose proof (zabs_sum_real t) as Z1. rewrite plus_IZR in Z1. rewrite <- !INR_IZR_INZ in K.
  assert (Wb : Rabs (wt b) = Rabs (IZR b) * eta) by (unfold weight; rewrite Rabs_mult, (Rabs_right eta);
    [reflexivity|pose proof eta_pos'; lra]).
  rewrite Wb. clear Wb R. rewrite abs_IZR in K. pose proof P_real. pose proof qz_pos as Q. pose proof u_pos.
  set (n := INR d) in *. set (s1 := sum1 (abs (map wt t))) in *. clearbody s1. pose proof eta_qz as Ee.
    set (q := qz) in *. clearbody q. rewrite Ee. set (A := IZR size) in *.
  set (bb := Rabs (IZR b)) in *. set (z1 := IZR (zabs_sum t / one)) in *.
  assert (K' : u * ((n + 3) * (A + bb * IZR cx) + IZR P * (2 * IZR cx * (z1 + 1 + n + 1))) <= u * (IZR P * IZR err))
    by (apply Rmult_le_compat_l; lra).
  replace (u * (IZR P * IZR err)) with (IZR err) in K' by (rewrite <- Rmult_assoc, u_P; ring).
  replace (u * ((n + 3) * (A + bb * IZR cx) + IZR P * (2 * IZR cx * (z1 + 1 + n + 1)))) with
    (u * (n + 3) * (A + bb * IZR cx) + (u * IZR P) * (2 * IZR cx * (z1 + 1 + n + 1))) in K' by ring. rewrite u_P in K'.
  assert (Pc : 0 < IZR cx) by (destruct sizes as [_ [_ [_ [_ [C _]]]]]; exact C).
  assert (M : 2 * IZR cx * (s1 + n + 1) <= 2 * IZR cx * (z1 + 1 + n + 1)) by (apply Rmult_le_compat_l; lra).
  replace ((n + 3) * u * (A * q + bb * (IZR cx * q)) + 2 * (IZR cx * q) * (s1 + n + 1)) with
    ((u * (n + 3) * (A + bb * IZR cx) + 2 * IZR cx * (s1 + n + 1)) * q) by ring.
  apply Rmult_le_compat_r; lra.
Qed.

Section Ball.
Variables (x0 : list Z) (y : Z) (c : cover) (x x' : list R).
Hypothesis Hin : In ((x0, y), c) (combine data covers).
Hypothesis Hball : ball r (point cx x0) x.
Hypothesis Hnear : Forall2 (near F) x x'.
Notation val t b := (dot (map wt t) x + wt b).

Lemma x0_data : In x0 (map fst data).
Proof. change x0 with (fst (x0, y)). apply in_map. eapply in_combine_l. exact Hin. Qed.
Lemma first_parts : Forall (fun t => length t = d) (f_T f) /\ length (f_b f) = m /\ length (b_rows bd) = m /\ (1 <= m)%nat /\
  length x0 = d /\ forallb (fun p => row_ok emin prec f cx rn rd (map fst data) (fst (fst p)) (snd (fst p)) (snd p))
    (combine (combine (f_T f) (f_b f)) (b_rows bd)) = true /\
  match b_rows bd with rb :: _ => error_ok emin prec f cx (hd [] (f_T f)) (f_twin f) (rb_size rb) (b_twin bd)
    | [] => false end = true.
Proof.
  destruct parts as [_ [K _]]. unfold first_ok in K. split_and.
    repeat match goal with H : Nat.eqb _ _ = true |- _ => apply Nat.eqb_eq in H end.
  repeat split; auto.
  - apply Forall_forall. intros t Ht. apply Nat.eqb_eq. match goal with H : forallb _ (f_T f)
    = true |- _ => rewrite forallb_forall in H; apply H, Ht end.
  - apply Nat.leb_le; assumption.
  - match goal with H : forallb _ (map fst data) = true |- _ => rewrite forallb_forall in H;
    apply Nat.eqb_eq, (H x0 x0_data) end.
Qed.
Lemma length_x : length x = d.
Proof. destruct Hball as [L _]. rewrite L. unfold point. rewrite map_length. apply first_parts. Qed.
Lemma point_rv : point cx x0 = rv qx x0. Proof. reflexivity. Qed.

Lemma row_sound t b rb : length t = d -> row_ok emin prec f cx rn rd (map fst data) t b rb = true ->
  dot (abs (map wt t)) (abs x) <= IZR (rb_size rb) * qz /\ 0 <= val t b /\
    val t b + IZR (rb_error rb) * qz <= IZR (rb_top rb) * qz /\
  error_ok emin prec f cx t b (rb_size rb) (rb_error rb) = true.
Proof.
  intros Lt K. unfold row_ok in K. split_and. match goal with H : forallb _ _ = true |- _ => rename H into K1 end.
    rewrite forallb_forall in K1. specialize (K1 x0 x0_data). cbv zeta in K1. split_and.
  repeat match goal with H : (_ <=? _)%Z = true |- _ => apply Z.leb_le in H end.
  match goal with H : (rn * rn * _ * _ <= _)%Z |- _ => rename H into Hsq end.
  destruct Hball as [Lx D]. destruct sizes as [_ [_ [_ [_ [Pc [Prd Prn]]]]]]. pose proof qz_pos as Q.
    pose proof qx_pos as Qx. pose proof eta_pos' as Pe.
  assert (Lx' : length x = length (rv qx x0)) by (rewrite Lx; reflexivity). rewrite point_rv in D.
  assert (Sq : dot (map wt t) (map wt t) * (r * r) <= IZR (rb_move rb) * qz * (IZR (rb_move rb) * qz)).
  { change (map wt t) with (rv eta t). rewrite rv_dot. apply IZR_le in Hsq. rewrite !mult_IZR in Hsq.
    apply Rmult_le_reg_r with (IZR rd * IZR rd * (IZR cx * IZR cx)); [apply Rmult_lt_0_compat; nra|].
    replace (IZR (zdot t t) * (eta * eta) * (r * r) * (IZR rd * IZR rd * (IZR cx * IZR cx))) with
      (IZR rn * IZR rn * IZR (zdot t t) * (IZR cx * IZR cx) * (eta * eta)) by (field; lra).
    replace (IZR (rb_move rb) * qz * (IZR (rb_move rb) * qz) * (IZR rd * IZR rd * (IZR cx * IZR cx))) with
      (IZR rd * IZR rd * (IZR (rb_move rb) * IZR (rb_move rb)) * (eta * eta)) by (field; lra).
    apply Rmult_le_compat_r; [nra|exact Hsq]. }
  assert (Pm : 0 <= IZR (rb_move rb) * qz) by (apply Rmult_le_pos; [apply IZR_le; assumption|lra]).
  pose proof (dot_moves _ _ _ _ _ Lx' D Sq Pm) as Mv. pose proof (sizes_move _ _ _ _ _ Lx' D Sq Pm) as Sz.
    apply Rabs_le_inv in Mv.
  assert (Ab : abs (rv qx x0) = rv qx (map Z.abs x0)).
  { unfold rv. rewrite !map_map. apply map_ext. intro n. rewrite abs_IZR, Rabs_mult, (Rabs_right qx); [reflexivity|lra]. }
  rewrite wt_abs, Ab, dot_wt in Sz. rewrite dot_wt in Mv.
  assert (Wb : wt b = IZR (b * cx) * qz).
  { unfold weight. rewrite mult_IZR. rewrite eta_qz at 1. ring. }
  set (a := zdot t x0) in *. set (mv := rb_move rb) in *.
  assert (S1 : IZR (zdot (map Z.abs t) (map Z.abs x0) + mv) * qz <= IZR (rb_size rb) * qz) by (apply Rmult_le_compat_r;
    [lra|apply IZR_le; assumption]).
  assert (S2 : IZR mv * qz <= IZR (a + b * cx) * qz) by (apply Rmult_le_compat_r; [lra|apply IZR_le; assumption]).
  assert (S3 : IZR (a + b * cx + mv + rb_error rb) * qz <= IZR (rb_top rb) * qz) by (apply Rmult_le_compat_r;
    [lra|apply IZR_le; assumption]).
  rewrite plus_IZR in S1, S2. rewrite !plus_IZR in S3. rewrite wt_abs, Wb. repeat split; try lra. assumption.
Qed.

Notation zval := (fun tb : row => val (fst tb) (snd tb)).
Lemma rows_run rows : forall rbs z, Forall2 (fun (t : row) v => exists s, Claim.sums emin prec (terms emin t x') s /\
  v = Rmax 0 s) rows z ->
  length rbs = length rows ->
  (forall t b rb, In ((t, b), rb) (combine rows rbs) -> length t = d /\
    row_ok emin prec f cx rn rd (map fst data) t b rb = true) ->
  length z = length rows /\ close z (map zval rows) (rv qz (map rb_error rbs)) /\
  Forall2 (fun a M => Rabs a <= M) z (rv qz (map rb_top rbs)) /\ Forall F z /\ Forall (Rle 0) z /\
  Forall2 (fun Z0 M => 0 <= Z0 <= M) (map zval rows) (rv qz (map rb_top rbs)).
Proof.
  induction rows as [|[t b] rows IH]; intros [|rb rbs] z H L K; simpl in L; try discriminate;
    inversion H as [|? v ? z' H1 H2]; subst.
  - simpl. repeat split; constructor.
  - destruct (K t b rb (or_introl eq_refl)) as [Lt Ok]. destruct (row_sound t b rb Lt Ok) as [Sz [Pos [Top Er]]].
    destruct H1 as [s [Hs ->]]. pose proof (error_sound t b x x' s _ _ Lt length_x Hnear Hs Sz Er) as Err.
    destruct (IH rbs z' H2 ltac:(lia) (fun t' b' rb' Hin' => K t' b' rb' (or_intror Hin'))) as [A1 [A2 [A3 [A4 [A5 A6]]]]].
    assert (C : Rabs (Rmax 0 s - val t b) <= IZR (rb_error rb) * qz).
    { unfold Rmax. destruct (Rle_dec 0 s); [exact Err|]. apply Rabs_le_inv in Err. apply Rabs_le. lra. }
    split; [simpl; lia|]. split; [constructor; [exact C|exact A2]|]. split.
    { constructor; [|exact A3]. rewrite Rabs_right by (apply Rle_ge, Rmax_l). apply Rabs_le_inv in C. cbv beta. lra. }
    split.
    { constructor; [|exact A4]. unfold Rmax. destruct (Rle_dec 0 s); [eapply sums_F; eauto|apply (F0 emin prec Hp)]. }
    split; [constructor; [apply Rmax_l|exact A5]|]. constructor; [|exact A6]. cbn [fst snd]. cbv beta.
    pose proof qz_pos. assert (0 <= IZR (rb_error rb) * qz) by (eapply Rle_trans; [apply Rabs_pos|exact C]). lra.
Qed.

Notation zx := (map zval (combine (f_T f) (f_b f))).
Notation Q := (val (hd [] (f_T f)) (f_twin f)).
Theorem first_layer_run v : after emin prec (first_layer f) x' v ->
  exists z q q0, v = z ++ [q] /\ length z = m /\ length z = length zx /\
  close z zx (rv qz (errors bd)) /\ Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) /\ Forall F z /\ Forall (Rle 0) z /\
  Forall2 (fun Z0 M => 0 <= Z0 <= M) zx (rv qz (tops bd)) /\ q = Rmax 0 q0 /\ Rabs (q0 - Q) <= IZR (b_twin bd) * qz.
Proof.
  intro H. destruct first_parts as [LT [Lb [Lr [Lm [Lx0 [Rows Twin]]]]]]. unfold first_layer in H.
  apply Forall2_app_inv_l in H. destruct H as [z [rest [H1 [H2 ->]]]]. inversion H2 as [|? q ? l3 Hq H3]; subst.
    inversion H3; subst. clear H2 H3.
  destruct Hq as [q0 [Hq0 ->]].
  assert (Lc : length (combine (f_T f) (f_b f)) = m) by (rewrite combine_length; unfold m_of_f in *; lia).
  assert (K : forall t b rb, In ((t, b), rb) (combine (combine (f_T f) (f_b f)) (b_rows bd)) ->
    length t = d /\ row_ok emin prec f cx rn rd (map fst data) t b rb = true).
  { intros t b rb Hi. split.
    - rewrite Forall_forall in LT. apply LT. apply in_combine_l in Hi. eapply in_combine_l. exact Hi.
    - rewrite forallb_forall in Rows. exact (Rows _ Hi). }
  destruct (rows_run _ (b_rows bd) z H1 (eq_trans Lr (eq_sym Lc)) K) as [A1 [A2 [A3 [A4 [A5 A6]]]]].
  exists z, (Rmax 0 q0), q0. repeat split; auto; [exact (eq_trans A1 Lc)|rewrite map_length; exact A1|].
  destruct (f_T f) as [|t0 T'] eqn:ET; [unfold m_of_f in Lm; rewrite ET in Lm; simpl in Lm; lia|].
  destruct (f_b f) as [|b0 b'] eqn:Eb; [unfold m_of_f in *; rewrite ET in *; simpl in *; lia|].
  destruct (b_rows bd) as [|rb rbs] eqn:Er; [discriminate|]. cbn [hd] in *.
  destruct (K t0 b0 rb (or_introl eq_refl)) as [Lt Ok]. destruct (row_sound t0 b0 rb Lt Ok) as [Sz _].
  exact (error_sound t0 (f_twin f) x x' q0 _ _ Lt length_x Hnear Hq0 Sz Twin).
Qed.
End Ball.
End Sound.
