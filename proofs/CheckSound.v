(* SOUNDNESS of the upper end: `check ... = true` implies the claim, for every format with -prec >= emin. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Margin Gram Leads Rows Claim Form Sums Close FirstLayer Steps Register Trace Check.
Import ListNotations.
Open Scope R_scope.

Ltac split_and := repeat match goal with H : (_ && _)%bool = true |- _ => apply andb_true_iff in H; destruct H end.

Lemma combine_In_l {A B : Type} (l : list A) (l' : list B) x : In x l -> length l = length l' -> exists y, In (x, y) (combine l l').
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
  replace (/ 2 * (bpow radix2 1 * bpow radix2 (- prec)) * bpow radix2 prec) with (/ 2 * bpow radix2 1 * (bpow radix2 (- prec) * bpow radix2 prec)) by ring.
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
Proof. rewrite !map_map. apply map_ext. intro n. unfold weight. rewrite abs_IZR, Rabs_mult, (Rabs_right eta); [reflexivity|]. pose proof eta_pos'. lra. Qed.
Lemma dot_wt q t v : dot (map wt t) (rv q v) = IZR (zdot t v) * (eta * q).
Proof. exact (rv_dot eta q t v). Qed.
Lemma zabs_sum_real t : sum1 (abs (map wt t)) <= IZR (zabs_sum t / one + 1).
Proof.
  assert (E : sum1 (abs (map wt t)) = IZR (zabs_sum t) * eta).
  { unfold zabs_sum. induction t as [|n t IH]; simpl; [ring|]. simpl in IH. rewrite IH. unfold weight. rewrite Rabs_mult, (Rabs_right eta) by (pose proof eta_pos'; lra).
    rewrite plus_IZR, abs_IZR. unfold zsum. ring. }
  rewrite E. pose proof one_pos' as Po. pose proof (Z.div_mod (zabs_sum t) one ltac:(lia)) as D. pose proof (Z.mod_pos_bound (zabs_sum t) one Po) as M.
  assert (K : (zabs_sum t <= (zabs_sum t / one + 1) * one)%Z) by nia. apply IZR_le in K. rewrite mult_IZR in K.
  assert (IZR (zabs_sum t) * eta <= IZR (zabs_sum t / one + 1) * IZR one * eta) by (apply Rmult_le_compat_r; [left; apply eta_pos'|exact K]).
  pose proof eta_one. replace (IZR (zabs_sum t / one + 1)) with (IZR (zabs_sum t / one + 1) * (eta * IZR one)) by (rewrite eta_one; ring). lra.
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
  forallb (fun sc => cover_ok f cx rn rd bd (pieces emin f cx) (map (fun b => b * cx)%Z (f_b f)) (fst sc) (snd sc)) (combine data covers) = true.
Proof. pose proof checked as K. unfold check_form in K. split_and.
  match goal with H : Nat.eqb (length covers) _ = true |- _ => apply Nat.eqb_eq in H end. auto 10. Qed.

Lemma sizes : (1 <= b_log bd)%Z /\ INR (d + 2) * (INR (d + 2) + 1) * u <= 1 /\ INR (m + 3) * (INR (m + 3) + 1) * u <= 1 /\
  32 * (INR (length (f_middles f)) + 4) * u <= 1 /\ 0 < IZR cx /\ 0 < IZR rd /\ 0 <= IZR rn.
Proof.
  destruct parts as [K _]. unfold sizes_ok, of_nat in K. split_and. repeat match goal with H : (_ <=? _)%Z = true |- _ => apply Z.leb_le in H end.
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
Proof. unfold score_one. rewrite mult_IZR. replace (IZR cx * IZR one * qa) with ((IZR cx * qx) * (eta * IZR one) * eta) by ring. rewrite cx_qx, eta_one. ring. Qed.

(* ---- the first layer ---- *)
Lemma error_sound t b x x' s size err : length t = d -> length x = d -> Forall2 (near F) x x' -> Claim.sums emin prec (terms emin (t, b) x') s ->
  dot (abs (map wt t)) (abs x) <= IZR size * qz -> error_ok emin prec f cx t b size err = true ->
  Rabs (s - (dot (map wt t) x + wt b)) <= IZR err * qz.
Proof.
  intros Lt Lx Nx Hs HA K. destruct sizes as [_ [Sd _]].
  pose proof (row_near emin prec Hp t b x x' s _ ltac:(congruence) Nx Hs ltac:(rewrite Lt; exact Sd) HA) as R. rewrite Lt in R.
  eapply Rle_trans; [exact R|]. unfold error_ok, of_nat in K. apply Z.leb_le, IZR_le in K. rewrite plus_IZR, !mult_IZR, !plus_IZR, !mult_IZR in K.
  pose proof (zabs_sum_real t) as Z1. rewrite plus_IZR in Z1. rewrite <- !INR_IZR_INZ in K.
  assert (Wb : Rabs (wt b) = Rabs (IZR b) * eta) by (unfold weight; rewrite Rabs_mult, (Rabs_right eta); [reflexivity|pose proof eta_pos'; lra]).
  rewrite Wb. clear Wb R. rewrite abs_IZR in K. pose proof P_real. pose proof qz_pos as Q. pose proof u_pos.
  set (n := INR d) in *. set (s1 := sum1 (abs (map wt t))) in *. clearbody s1. pose proof eta_qz as Ee. set (q := qz) in *. clearbody q. rewrite Ee. set (A := IZR size) in *.
  set (bb := Rabs (IZR b)) in *. set (z1 := IZR (zabs_sum t / one)) in *.
  assert (K' : u * ((n + 3) * (A + bb * IZR cx) + IZR P * (2 * IZR cx * (z1 + 1 + n + 1))) <= u * (IZR P * IZR err)) by (apply Rmult_le_compat_l; lra).
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
  length x0 = d /\ forallb (fun p => row_ok emin prec f cx rn rd (map fst data) (fst (fst p)) (snd (fst p)) (snd p)) (combine (combine (f_T f) (f_b f)) (b_rows bd)) = true /\
  match b_rows bd with rb :: _ => error_ok emin prec f cx (hd [] (f_T f)) (f_twin f) (rb_size rb) (b_twin bd) | [] => false end = true.
Proof.
  destruct parts as [_ [K _]]. unfold first_ok in K. split_and. repeat match goal with H : Nat.eqb _ _ = true |- _ => apply Nat.eqb_eq in H end.
  repeat split; auto.
  - apply Forall_forall. intros t Ht. apply Nat.eqb_eq. match goal with H : forallb _ (f_T f) = true |- _ => rewrite forallb_forall in H; apply H, Ht end.
  - apply Nat.leb_le; assumption.
  - match goal with H : forallb _ (map fst data) = true |- _ => rewrite forallb_forall in H; apply Nat.eqb_eq, (H x0 x0_data) end.
Qed.
Lemma length_x : length x = d.
Proof. destruct Hball as [L _]. rewrite L. unfold point. rewrite map_length. apply first_parts. Qed.
Lemma point_rv : point cx x0 = rv qx x0. Proof. reflexivity. Qed.

Lemma row_sound t b rb : length t = d -> row_ok emin prec f cx rn rd (map fst data) t b rb = true ->
  dot (abs (map wt t)) (abs x) <= IZR (rb_size rb) * qz /\ 0 <= val t b /\ val t b + IZR (rb_error rb) * qz <= IZR (rb_top rb) * qz /\
  error_ok emin prec f cx t b (rb_size rb) (rb_error rb) = true.
Proof.
  intros Lt K. unfold row_ok in K. split_and. match goal with H : forallb _ _ = true |- _ => rename H into K1 end. rewrite forallb_forall in K1. specialize (K1 x0 x0_data). cbv zeta in K1. split_and.
  repeat match goal with H : (_ <=? _)%Z = true |- _ => apply Z.leb_le in H end.
  match goal with H : (rn * rn * _ * _ <= _)%Z |- _ => rename H into Hsq end.
  destruct Hball as [Lx D]. destruct sizes as [_ [_ [_ [_ [Pc [Prd Prn]]]]]]. pose proof qz_pos as Q. pose proof qx_pos as Qx. pose proof eta_pos' as Pe.
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
  pose proof (dot_moves _ _ _ _ _ Lx' D Sq Pm) as Mv. pose proof (sizes_move _ _ _ _ _ Lx' D Sq Pm) as Sz. apply Rabs_le_inv in Mv.
  assert (Ab : abs (rv qx x0) = rv qx (map Z.abs x0)).
  { unfold rv. rewrite !map_map. apply map_ext. intro n. rewrite abs_IZR, Rabs_mult, (Rabs_right qx); [reflexivity|lra]. }
  rewrite wt_abs, Ab, dot_wt in Sz. rewrite dot_wt in Mv.
  assert (Wb : wt b = IZR (b * cx) * qz).
  { unfold weight. rewrite mult_IZR. rewrite eta_qz at 1. ring. }
  set (a := zdot t x0) in *. set (mv := rb_move rb) in *.
  assert (S1 : IZR (zdot (map Z.abs t) (map Z.abs x0) + mv) * qz <= IZR (rb_size rb) * qz) by (apply Rmult_le_compat_r; [lra|apply IZR_le; assumption]).
  assert (S2 : IZR mv * qz <= IZR (a + b * cx) * qz) by (apply Rmult_le_compat_r; [lra|apply IZR_le; assumption]).
  assert (S3 : IZR (a + b * cx + mv + rb_error rb) * qz <= IZR (rb_top rb) * qz) by (apply Rmult_le_compat_r; [lra|apply IZR_le; assumption]).
  rewrite plus_IZR in S1, S2. rewrite !plus_IZR in S3. rewrite wt_abs, Wb. repeat split; try lra. assumption.
Qed.

Notation zval := (fun tb : row => val (fst tb) (snd tb)).
Lemma rows_run rows : forall rbs z, Forall2 (fun (t : row) v => exists s, Claim.sums emin prec (terms emin t x') s /\ v = Rmax 0 s) rows z ->
  length rbs = length rows ->
  (forall t b rb, In ((t, b), rb) (combine rows rbs) -> length t = d /\ row_ok emin prec f cx rn rd (map fst data) t b rb = true) ->
  length z = length rows /\ close z (map zval rows) (rv qz (map rb_error rbs)) /\
  Forall2 (fun a M => Rabs a <= M) z (rv qz (map rb_top rbs)) /\ Forall F z /\ Forall (Rle 0) z /\
  Forall2 (fun Z0 M => 0 <= Z0 <= M) (map zval rows) (rv qz (map rb_top rbs)).
Proof.
  induction rows as [|[t b] rows IH]; intros [|rb rbs] z H L K; simpl in L; try discriminate; inversion H as [|? v ? z' H1 H2]; subst.
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
Theorem first_layer_run v : after emin prec (first_layer f) x' v -> exists z q q0, v = z ++ [q] /\ length z = m /\ length z = length zx /\
  close z zx (rv qz (errors bd)) /\ Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) /\ Forall F z /\ Forall (Rle 0) z /\
  Forall2 (fun Z0 M => 0 <= Z0 <= M) zx (rv qz (tops bd)) /\ q = Rmax 0 q0 /\ Rabs (q0 - Q) <= IZR (b_twin bd) * qz.
Proof.
  intro H. destruct first_parts as [LT [Lb [Lr [Lm [Lx0 [Rows Twin]]]]]]. unfold first_layer in H.
  apply Forall2_app_inv_l in H. destruct H as [z [rest [H1 [H2 ->]]]]. inversion H2 as [|? q ? l3 Hq H3]; subst. inversion H3; subst. clear H2 H3.
  destruct Hq as [q0 [Hq0 ->]].
  assert (Lc : length (combine (f_T f) (f_b f)) = m) by (rewrite combine_length; unfold m_of_f in *; lia).
  assert (K : forall t b rb, In ((t, b), rb) (combine (combine (f_T f) (f_b f)) (b_rows bd)) -> length t = d /\ row_ok emin prec f cx rn rd (map fst data) t b rb = true).
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
  destruct parts as [_ [K _]]. unfold first_ok in K. split_and. repeat match goal with H : Nat.eqb _ _ = true |- _ => apply Nat.eqb_eq in H end.
  match goal with H : forallb _ (combine _ (b_rows bd)) = true |- _ => rename H into Rows end. rewrite forallb_forall in Rows.
  apply Forall_forall. intros n Hn. unfold tops in Hn. apply in_map_iff in Hn. destruct Hn as [rb [<- Hrb]].
  assert (L : length (b_rows bd) = length (combine (f_T f) (f_b f))) by (rewrite combine_length; unfold m_of_f in *; lia).
  destruct (combine_In_l (b_rows bd) (combine (f_T f) (f_b f)) rb Hrb L) as [tb Htb].
  assert (Hc : In (tb, rb) (combine (combine (f_T f) (f_b f)) (b_rows bd))).
  { clear - Htb. revert Htb. generalize (combine (f_T f) (f_b f)) (b_rows bd). intros l l'. revert l'.
    induction l as [|a l IH]; intros [|b l'] H; simpl in *; try tauto. destruct H as [E|H]; [left; congruence|right; auto]. }
  specialize (Rows _ Hc). cbn [fst snd] in Rows. unfold row_ok in Rows. split_and. apply Z.leb_le. assumption.
Qed.
Lemma zdot_nonneg w l : Forall (fun n => (0 <= n)%Z) l -> (0 <= zdot (map Z.abs w) l)%Z.
Proof. intro H. revert w. induction H as [|x l Hx Hl IH]; intros [|c w]; simpl; try lia. specialize (IH w). pose proof (Z.abs_nonneg c). nia. Qed.
Lemma uB n : (n <= P * b_top emin cx bd)%Z -> u * IZR n <= IZR (b_top emin cx bd).
Proof. apply u_le. Qed.
Lemma score_sound md : In md (f_second f :: f_middles f) -> length (m_w md) = m /\
  g u (m + 3) * (dot (abs (map wt (m_w md))) (rv qz (tops bd)) + Rabs (wt (m_b md)) + 2 * Breal) + INR (m + 3) * eta * (1 + u) ^ (m + 3)
  + dot (abs (map wt (m_w md))) (rv qz (errors bd)) + (2 * u * Breal + eta) <= IZR (b_error bd) * qa /\
  dot (map wt (map (Z.max 0) (m_w md))) (rv qz (tops bd)) + wt (m_b md) + IZR (b_error bd) * qa + u * Breal <= Breal.
Proof.
  intro Hin. destruct parts as [_ [_ [K _]]]. rewrite forallb_forall in K. specialize (K md Hin). unfold score_ok, of_nat in K. split_and.
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
  pose proof (zdot_nonneg (m_w md) _ tops_nonneg) as Pd. apply IZR_le in Pd. pose proof (proj2 B_float) as PB. unfold Breal in PB.
  assert (PBt : 0 <= IZR (b_top emin cx bd)) by (apply Rmult_le_reg_r with qa; lra).
  assert (Pso : 0 < IZR (score_one emin cx)) by (apply Rmult_lt_reg_r with qa; lra).
  assert (Pab : 0 <= IZR (Z.abs (m_b md))) by (apply IZR_le, Z.abs_nonneg).
  rewrite plus_INR in *. simpl (INR 3) in *. rewrite INR_IZR_INZ in *.
  repeat first [rewrite plus_IZR in K1 | rewrite mult_IZR in K1]. repeat first [rewrite plus_IZR in K2 | rewrite mult_IZR in K2].
  pose proof (IZR_le 0 (Z.of_nat m) ltac:(lia)) as Pn.
  clear Wb Wb'. set (q := qa) in *. clearbody q.
  set (dm := IZR (zdot (map Z.abs (m_w md)) (tops bd))) in *. set (de := IZR (zdot (map Z.abs (m_w md)) (errors bd))) in *.
  set (dp := IZR (zdot (map (Z.max 0) (m_w md)) (tops bd))) in *. set (n := IZR (Z.of_nat m)) in *. set (so := IZR (score_one emin cx)) in *.
  set (Bt := IZR (b_top emin cx bd)) in *. set (E := IZR (b_error bd)) in *. set (ab := IZR (Z.abs (m_b md))) in *. set (sb := IZR (m_b md)) in *.
  unfold g. set (p := (1 + u) ^ (m + 3)) in *. set (e := eta) in *. clearbody dm de dp n so Bt E ab sb p e.
  assert (X : 0 <= dm + ab * so + 2 * Bt) by (assert (0 <= ab * so) by (apply Rmult_le_pos; lra); lra).
  split.
  - assert (M1 : (p - 1) * (dm + ab * so + 2 * Bt) <= (n + 4) * u * (dm + ab * so + 2 * Bt)) by (apply Rmult_le_compat_r; lra).
    assert (M2 : (n + 3) * (so * p) <= (n + 3) * (so * 2)) by (apply Rmult_le_compat_l; [lra|apply Rmult_le_compat_l; lra]).
    assert (M3 : (p - 1) * (dm + ab * so + 2 * Bt) + (n + 3) * (so * p) + de + 2 * u * Bt + so <= E).
    { replace (u * ((n + 4) * (dm + ab * so + 2 * Bt) + 2 * Bt + IZR P * (de + (2 * n + 7) * so))) with
        ((n + 4) * u * (dm + ab * so + 2 * Bt) + 2 * u * Bt + (u * IZR P) * (de + (2 * n + 7) * so)) in K1 by ring. rewrite UP in K1. lra. }
    rewrite Ee. apply (Rmult_le_compat_r q) in M3; [|lra].
    replace ((p - 1) * (dm * q + ab * (so * q) + 2 * (Bt * q)) + (n + (1 + 1 + 1)) * (so * q) * p + de * q + (2 * u * (Bt * q) + so * q)) with
      (((p - 1) * (dm + ab * so + 2 * Bt) + (n + 3) * (so * p) + de + 2 * u * Bt + so) * q) by ring. exact M3.
  - replace (u * (IZR P * (dp + sb * so + E) + Bt)) with ((u * IZR P) * (dp + sb * so + E) + u * Bt) in K2 by ring. rewrite UP in K2.
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
  repeat first [rewrite plus_IZR in K1 | rewrite mult_IZR in K1]. repeat first [rewrite plus_IZR in K2 | rewrite minus_IZR in K2 | rewrite mult_IZR in K2].
  pose proof eta_qa as Ee. pose proof eta_qz as Ez. pose proof qa_pos as Pq. pose proof qz_pos as Pz. pose proof u_pos as Pu. pose proof eta_pos' as Pe. pose proof u_P as UP.
  unfold Breal, weight in *. subst Qz. 
  set (sl := IZR (f_slope f)) in *. set (tw := IZR (f_twin f)) in *. set (b0 := IZR (hd 0%Z (f_b f))) in *. set (et := IZR (b_twin bd)) in *.
  set (Bt := IZR (b_top emin cx bd)) in *. set (E := IZR (b_error bd)) in *. set (so := IZR (score_one emin cx)) in *. set (t0 := IZR (hd 0%Z (tops bd))) in *.
  replace (u * (IZR P * (sl * et + so) + 2 * Bt)) with ((u * IZR P) * (sl * et + so) + 2 * u * Bt) in K1 by ring. rewrite UP in K1.
  replace (u * (IZR P * (sl * (t0 + (tw - b0) * IZR cx) + E) + Bt)) with ((u * IZR P) * (sl * (t0 + (tw - b0) * IZR cx) + E) + u * Bt) in K2 by ring. rewrite UP in K2.
  split; [apply Rmult_le_pos; lra|]. split; [|split].
  - replace (sl * eta * (et * qz)) with (sl * et * qa) by ring. apply Rmult_le_compat_r; lra.
  - replace (sl * eta * (et * qz) + (2 * u * (Bt * qa) + eta)) with ((sl * et + 2 * u * Bt) * qa + eta) by ring.
    assert ((1 * (sl * et + so) + 2 * u * Bt) * qa <= E * qa) by (apply Rmult_le_compat_r; [lra|exact K1]). lra.
  - assert (M : sl * eta * (z0 + tw * eta - b0 * eta) <= sl * (t0 + (tw - b0) * IZR cx) * qa).
    { replace (sl * (t0 + (tw - b0) * IZR cx) * qa) with (sl * eta * (t0 * qz + (tw - b0) * (IZR cx * qz))) by ring. rewrite <- Ez.
      apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra]. }
    assert ((1 * (sl * (t0 + (tw - b0) * IZR cx) + E) + u * Bt) * qa <= Bt * qa) by (apply Rmult_le_compat_r; lra). lra.
Qed.

(* ---- the register's numbers ---- *)
Notation L := (wt (b_rate bd)).
Notation R0 := (IZR (zsum (incs f))).
Lemma register_parts : Forall (fun n => (0 <= n)%Z) (incs f) /\ (zsum (incs f) <= P)%Z /\ (f_top f <= P)%Z /\ (- P <= f_top f - zsum (incs f))%Z /\
  0 < L /\ (forall j, (j <= length (f_middles f))%nat -> L <= wt (rate_at f j)) /\ 2 * wt (f_slope f) * L <= wt (m_rate (f_second f)) /\
  4 * (R0 + 1) / L <= IZR (b_base bd) * qa /\ 5 * u * Breal + IZR (b_base bd) * qa + 2 * (IZR (b_error bd) * qa) <= IZR (b_req bd) * qa.
Proof.
  destruct parts as [_ [_ [_ [_ [K _]]]]]. unfold register_ok in K. split_and.
  repeat match goal with H : (_ <=? _)%Z = true |- _ => apply Z.leb_le in H end. repeat match goal with H : (_ <? _)%Z = true |- _ => apply Z.ltb_lt in H end.
  pose proof eta_pos' as Pe. pose proof qa_pos as Pq. pose proof u_P as UP. pose proof u_pos as Pu.
  match goal with H : (0 < b_rate bd)%Z |- _ => pose proof (IZR_lt _ _ H) as Pr end.
  assert (PL : 0 < L) by (unfold weight; apply Rmult_lt_0_compat; assumption).
  split. { match goal with H : forallb _ (incs f) = true |- _ => rewrite forallb_forall in H; apply Forall_forall; intros n Hn; apply Z.leb_le, H, Hn end. }
  split; [assumption|]. split; [assumption|]. split; [assumption|]. split; [exact PL|]. split.
  { intros j Hj. match goal with H : forallb _ (map m_rate _ ++ _) = true |- _ => rewrite forallb_forall in H; rename H into K1 end.
    assert (Hin : In (rate_at f j) (map m_rate (f_middles f) ++ [f_rate f])).
    { unfold rate_at. apply nth_In. rewrite app_length, map_length. simpl. lia. }
    specialize (K1 _ Hin). apply Z.leb_le, IZR_le in K1. unfold weight. apply Rmult_le_compat_r; lra. }
  split.
  { match goal with H : (2 * f_slope f * b_rate bd <= _)%Z |- _ => apply IZR_le in H; rewrite !mult_IZR in H; rename H into K1 end.
    unfold weight. assert (IZR 2 * IZR (f_slope f) * IZR (b_rate bd) * (eta * eta) <= IZR (m_rate (f_second f)) * IZR one * (eta * eta)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|exact K1]).
    replace (IZR (m_rate (f_second f)) * eta) with (IZR (m_rate (f_second f)) * (eta * IZR one) * eta) by (rewrite eta_one; ring). lra. }
  split.
  { match goal with H : (4 * _ * _ <= _)%Z |- _ => apply IZR_le in H; rewrite !mult_IZR, plus_IZR in H; rename H into K1 end.
    apply Rmult_le_reg_r with L; [exact PL|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. unfold weight.
    replace (IZR (b_base bd) * qa * (IZR (b_rate bd) * eta)) with (IZR (b_base bd) * IZR (b_rate bd) * (qa * eta)) by ring.
    apply Rle_trans with (4 * (R0 + 1) * (IZR cx * (IZR one * IZR one * IZR one)) * (qa * eta)).
    - right. replace (4 * (R0 + 1) * (IZR cx * (IZR one * IZR one * IZR one)) * (qa * eta)) with
        (4 * (R0 + 1) * (IZR cx * qx) * ((eta * IZR one) * (eta * IZR one) * (eta * IZR one))) by ring. rewrite cx_qx, eta_one. ring.
    - apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|exact K1]. }
  match goal with H : (5 * b_top emin cx bd <= _)%Z |- _ => apply u_le in H; rewrite !minus_IZR, !mult_IZR in H; rename H into K1 end.
  unfold Breal. assert (u * (5 * IZR (b_top emin cx bd)) * qa <= (IZR (b_req bd) - IZR (b_base bd) - 2 * IZR (b_error bd)) * qa) by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma gk_bound : g u 3 <= 4 * u /\ 32 * u <= 1 /\ (1 + u) ^ 3 <= 2.
Proof.
  destruct sizes as [_ [_ [_ [S _]]]]. pose proof (pos_INR (length (f_middles f))). pose proof u_pos.
  assert (U : 32 * u <= 1) by nra. destruct (power_close u 3 ltac:(lra) ltac:(simpl; lra)) as [A C]. unfold g. simpl INR in A. lra.
Qed.
Lemma slack_bound n : (n <= length (f_middles f) + 3)%nat -> slack emin prec L R0 n <= 4 * (R0 + 1) / L.
Proof.
  intro Hn. destruct register_parts as [Pi [_ [_ [_ [PL _]]]]]. destruct gk_bound as [G1 [U G3]]. pose proof eta_u as Eu. pose proof u_pos. pose proof eta_pos'.
  pose proof (g_pos u (unit_range prec Hp) 3) as G0. pose proof (pow_ge1 u (unit_range prec Hp) 3) as P3.
  assert (PR : 0 <= R0) by (apply IZR_le, zsum_nonneg; exact Pi).
  unfold slack. unfold Rdiv. apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; exact PL|].
  unfold Register.delta, Register.most. set (gk := g u 3) in *. set (ek := 3 * eta * (1 + u) ^ 3).
  assert (E0 : 0 <= ek <= 4 * u). { unfold ek. split; [apply Rmult_le_pos; lra|]. assert (3 * eta * (1 + u) ^ 3 <= 3 * eta * 2) by (apply Rmult_le_compat_l; lra). lra. }
  assert (X : (R0 * (1 + gk) + ek) / (1 - gk) <= 2 * R0 + 2).
  { apply Rmult_le_reg_r with (1 - gk); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra. }
  set (x := (R0 * (1 + gk) + ek) / (1 - gk)) in *.
  assert (D : gk * (R0 + x) + ek <= 12 * u * (R0 + 1)).
  { assert (gk * (R0 + x) <= 4 * u * (3 * R0 + 2)); [|lra]. apply Rle_trans with (gk * (3 * R0 + 2)); [apply Rmult_le_compat_l; lra|apply Rmult_le_compat_r; lra]. }
  destruct sizes as [_ [_ [_ [S _]]]]. apply le_INR in Hn. rewrite plus_INR in Hn. simpl (INR 3) in Hn.
  pose proof (pos_INR n). set (len := INR (length (f_middles f))) in *.
  assert (INR n * (gk * (R0 + x) + ek) <= INR n * (12 * u * (R0 + 1))) by (apply Rmult_le_compat_l; lra).
  assert (Y : INR n * (12 * u * (R0 + 1)) <= R0 + 1).
  { replace (INR n * (12 * u * (R0 + 1))) with (12 * INR n * u * (R0 + 1)) by ring. rewrite <- (Rmult_1_l (R0 + 1)) at 2. apply Rmult_le_compat_r; [lra|]. nra. }
  lra.
Qed.

(* ---- leads ---- *)
Notation zx_at x := (map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f) (f_b f))).
Lemma image_zx x : image (rv qz (map (fun b => b * cx)%Z (f_b f))) (map (rv eta) (f_T f)) x = zx_at x.
Proof.
  unfold image, apply_rows. rewrite map_map. generalize (f_T f), (f_b f). clear - checked Hp Hm. intros T. induction T as [|t T IH]; intros [|b bs]; simpl; auto.
  f_equal; [|apply IH]. f_equal. unfold weight. rewrite mult_IZR. rewrite eta_qz at 2. ring.
Qed.
Lemma dot_pos_part w : forall z top, Forall2 (fun Z0 M => 0 <= Z0 <= M) z top -> dot (map wt w) z <= dot (map wt (map (Z.max 0) w)) top.
Proof.
  induction w as [|n w IH]; intros z top H; simpl; [lra|]. inversion H as [|a M z' top' Ha H']; subst; simpl; [lra|]. specialize (IH z' top' H').
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
Lemma score_piece t zx Q : (t <= steps f)%nat -> (1 <= m)%nat -> (1 <= length zx)%nat -> length (f_b f) = m -> Q = hd 0 zx + wt (f_twin f) - wt (hd 0%Z (f_b f)) ->
  score (Rp cx eta eta (nth t ps nowhere)) zx = score_at emin f zx Q t.
Proof.
  intros Ht Hm1 Hl Lb ->. unfold score, Rp. cbn [fst snd].
  change (Leads.qa cx eta eta) with qa. change (rv eta) with (map wt).
  destruct t as [|[|t]].
  - cbn [pieces nth pw pb score_at]. rewrite dot_zeros. ring.
  - unfold pieces. cbn [nth pw pb score_at]. destruct zx as [|z0 zx]; [simpl in Hl; lia|]. cbn [map dot hd]. rewrite dot_zeros.
    rewrite !mult_IZR, minus_IZR. pose proof eta_qz as Ez. unfold weight.
    replace (IZR (f_slope f) * (IZR (f_twin f) - IZR (hd 0%Z (f_b f))) * IZR cx * qa) with
      (IZR (f_slope f) * (IZR (f_twin f) - IZR (hd 0%Z (f_b f))) * eta * (IZR cx * qz)) by ring. rewrite <- Ez. ring.
  - unfold pieces, steps in *. cbn [nth]. change nowhere with ((fun md => {| pw := m_w md; pb := m_b md * score_one emin cx |}) no_middle).
    rewrite map_nth. cbn [pw pb score_at]. unfold piece_at. f_equal. rewrite mult_IZR, Rmult_assoc, <- eta_qa. reflexivity.
Qed.
Lemma nth_In_others {A : Type} (l : list A) dflt lo hi j : (j < length l)%nat -> (j < lo \/ hi < j)%nat -> In (nth j l dflt) (firstn lo l ++ skipn (S hi) l).
Proof.
  intros G [H|H]; apply in_or_app.
  - left. rewrite <- (firstn_skipn lo l) at 1. rewrite app_nth1 by (rewrite firstn_length; lia). apply nth_In. rewrite firstn_length. lia.
  - right. rewrite <- (firstn_skipn (S hi) l) at 1. rewrite app_nth2 by (rewrite firstn_length; lia). apply nth_In. rewrite firstn_length, skipn_length. lia.
Qed.
Lemma zeros_between l lo n t : forallb (Z.eqb 0) (firstn n (skipn (S lo) l)) = true -> (lo < t <= lo + n)%nat -> nth t l 0%Z = 0%Z.
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
  destruct (first_layer_run _ _ _ _ _ Hin Hball Hnear v1 H1) as [z [q [q0 [-> [Lz [Lzx [Cl [Tp [Fz [Pz [Pzx [Hq Hq0]]]]]]]]]]]].
  set (zx := zx_at x) in *. set (Q := dot (map wt (hd [] (f_T f))) x + wt (f_twin f)) in *.
  destruct sizes as [Hlog [_ [_ [_ [Pc [Prd Prn]]]]]].
  assert (Scores : Forall (fun md => length (m_w md) = m) (f_second f :: f_middles f)).
  { apply Forall_forall. intros md Hmd. apply (score_sound md Hmd). }
  pose proof (Forall_inv Scores) as L2. pose proof (Forall_inv_tail Scores) as L3.
  destruct (run_steps emin prec Hp Hm0 z Fz Pz f q v) as [sigma [k' [-> [S2 [SF [SM SL]]]]]]; [symmetry; exact Lz|rewrite Lz; exact L2|rewrite Lz; exact L3|exact Hrun|].
  (* head of zx *)
  assert (Hd : exists z0 zx', zx = z0 :: zx' /\ 0 <= z0 <= IZR (hd 0%Z (tops bd)) * qz /\ Q = z0 + wt (f_twin f) - wt (hd 0%Z (f_b f))).
  { unfold zx, Q in *. destruct (f_T f) as [|t0 T'] eqn:ET; [unfold m_of_f in Lm; rewrite ET in Lm; simpl in Lm; lia|].
    destruct (f_b f) as [|b0 b'] eqn:Eb; [unfold m_of_f in *; rewrite ET in *; simpl in *; lia|].
    simpl. eexists. eexists. split; [reflexivity|]. simpl in Pzx. unfold tops in *. destruct (map rb_top (b_rows bd)) as [|M Ms]; [inversion Pzx|].
    simpl in Pzx. inversion Pzx; subst. split; [assumption|]. simpl. ring. }
  destruct Hd as [z0 [zx' [Ezx [Hz0 EQ]]]].
  destruct (twin_sound z0 Hz0) as [T1 [T2 [T3 T4]]]. rewrite <- EQ in T4.
  destruct register_parts as [I1 [I2 [I3 [I4 [PL [RL [RS [RB RQ]]]]]]]].
  destruct B_float as [FB PB]. destruct gk_bound as [G1 [U32 _]].
  (* the cover *)
  destruct parts as [_ [_ [_ [_ [_ [Rows [_ Cov]]]]]]]. rewrite forallb_forall in Cov. specialize (Cov _ Hin). unfold cover_ok in Cov. cbn [fst snd] in Cov. split_and.
  repeat match goal with H : Nat.leb _ _ = true |- _ => apply Nat.leb_le in H end.
  match goal with H : Nat.ltb _ _ = true |- _ => apply Nat.ltb_lt in H; rewrite length_ps in H end.
  match goal with H : (_ =? _)%Z = true |- _ => apply Z.eqb_eq in H; rename H into Ey end.
  match goal with H : forallb (Z.eqb 0) _ = true |- _ => rename H into Ez end.
  match goal with H : check_group _ _ _ _ _ _ _ _ _ _ _ _ = true |- _ => rename H into Cg end.
  assert (Leads : forall p, In p (firstn (c_lo c) ps ++ skipn (S (c_hi c)) ps) ->
    IZR (b_req bd) * qa <= score (Rp cx eta eta (nth (c_own c) ps nowhere)) zx - score (Rp cx eta eta p) zx).
  { intros p Hpp. unfold zx. rewrite <- image_zx.
    apply (check_group_sound d m (f_T f) (map (fun b => b * cx)%Z (f_b f)) (rn * rn) (rd * rd) cx (b_rho bd) (b_req bd) eta eta) with (samples := [x0]) (x0 := x0)
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
  { apply (register_ends emin prec Hp Hm0 f z zx (rv qz (errors bd)) (rv qz (tops bd)) q q0 Q (IZR (b_twin bd) * qz) Lzx Cl Tp Hq Hq0
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
    - unfold terms. cbn [fst snd map combine app]. rewrite weight_opp, (weight_one emin Hm0 : wt one = 1), (weight_int emin Hm0), K. replace (- (1)) with (-1) by lra. reflexivity.
    - replace (-1 * IZR (later f (c_hi c))) with (- IZR (later f (c_hi c))) by ring. apply float_opp; [exact Hp|]. apply float_int; auto using Hm0. unfold pow_p in *. lia.
    - rewrite Rmult_1_r. apply float_int; auto using Hm0. unfold pow_p in *. lia. }
  replace (-1 * IZR (later f (c_hi c)) + IZR (f_top f) * 1) with (IZR (f_top f - later f (c_hi c))) in Nr by (rewrite minus_IZR; ring).
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
