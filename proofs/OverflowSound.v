(* NO OVERFLOW on any ball: what bounds the states of all runs, the run so far going on to its end; and the theorem.
   *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool Permutation.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Leads Rows Claim Form Sums Close FirstLayer Steps Trace Label Check
  Units CheckFirst CheckScores CheckSound OverflowCheck Overflow OverflowFirst OverflowUnits.
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
#[local] Notation unit_mag := (OverflowUnits.unit_mag emin f).
#[local] Notation zero_part := (OverflowUnits.zero_part emin).
#[local] Notation copies_ok := (OverflowUnits.copies_ok emin prec emax Hp Hm f cx rn rd bd data covers checked ranged).
#[local] Notation score_unit := (OverflowUnits.score_unit emin prec emax Hp Hm f cx rn rd bd data covers checked ranged).
#[local] Notation plain_unit := (OverflowUnits.plain_unit emin prec emax Hp Hm f cx rn rd bd data ranged).
#[local] Notation four_B := (OverflowUnits.four_B emin prec emax Hp Hm f cx rn rd bd data covers checked ranged).
#[local] Notation rate_bound := (OverflowUnits.rate_bound emin prec emax Hp Hm f cx rn rd bd data covers checked ranged).
#[local] Notation one_weight := (OverflowUnits.one_weight emin prec Hp Hm).
#[local] Notation mag3 := (OverflowUnits.mag3 emin).
#[local] Notation register_unit := (OverflowUnits.register_unit emin prec emax Hp Hm f cx rn rd bd data covers checked
  ranged).
#[local] Notation middle_ok := (OverflowUnits.middle_ok emin prec emax Hp Hm f cx rn rd bd data covers checked ranged).
#[local] Notation second_ok := (OverflowUnits.second_ok emin prec emax Hp Hm f cx rn rd bd data covers checked ranged).

Section Ball.
Variables (x0 : list Z) (y : Z) (c : cover) (x x' : list R).
Hypothesis Hin : In ((x0, y), c) (combine data covers).
Hypothesis Hball : ball r (point cx x0) x.
Hypothesis Hnear : Forall2 (near F) x x'.
#[local] Notation fp := (OverflowFirst.fp emin prec f cx rn rd bd data covers checked x0 y c Hin).
#[local] Notation input_bounds := (OverflowFirst.input_bounds emin prec emax Hp Hm f cx rn rd bd data covers checked
  ranged x0 y c x x' Hin Hball Hnear).
#[local] Notation first_row := (OverflowFirst.first_row emin prec emax Hp Hm f cx rn rd bd data covers checked ranged
  x0 y c x x' Hin Hball Hnear).

Lemma states sigma k' z q q0 : length z = m ->
  length z = length (map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f) (f_b f))) ->
  close z (map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f) (f_b f))) (rv qz (errors bd)) ->
  Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) ->
  Forall2 (fun Z0 M => 0 <= Z0 <= M) (map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f)
    (f_b f))) (rv qz (tops bd)) ->
  q = Rmax 0 q0 -> Rabs (q0 - (dot (map wt (hd [] (f_T f))) x + wt (f_twin f))) <= IZR (b_twin bd) * qz ->
  second_step emin prec z (f_slope f) (f_second f) q (sigma 0%nat) ->
  (forall t, (t <= length (f_middles f))%nat -> floats emin prec (sigma t)) ->
  (forall t, (t < length (f_middles f))%nat -> middle_step emin prec z (nth t (f_middles f) no_middle) (sigma t)
    (sigma (S t))) ->
  last_step emin prec (f_rate f) (f_inc f) (sigma (length (f_middles f))) k' ->
  (forall j, (j <= length (f_middles f))%nat -> let '(s, r0, k) := sigma j in 0 <= s /\ 0 <= r0 /\ s + r0 <= B /\
    0 <= k <= R0) /\ 0 <= k' <= R0 /\
  0 <= wt (f_slope f) * q <= 2 * B.
Proof.
  intros Lz Lzx Cl Tp Pzx Hq Hq0 S2 SF SM SL.
  set (zx := map (fun tb : row => dot (map wt (fst tb)) x + wt (snd tb)) (combine (f_T f) (f_b f))) in *.
    set (Q := dot (map wt (hd [] (f_T f))) x + wt (f_twin f)) in *.
  destruct fp as [LT [Lb [Lr [Lm [Lx0 _]]]]].
  assert (Hd : exists z0 zx', zx = z0 :: zx' /\ 0 <= z0 <= IZR (hd 0%Z (tops bd)) * qz /\
    Q = z0 + wt (f_twin f) - wt (hd 0%Z (f_b f))).
  { unfold zx, Q in *. destruct (f_T f) as [|t0 T'] eqn:ET; [unfold m_of_f in Lm; rewrite ET in Lm; simpl in Lm; lia|].
    destruct (f_b f) as [|b0 b'] eqn:Eb; [unfold m_of_f in *; rewrite ET in *; simpl in *; lia|].
    simpl. eexists. eexists. split; [reflexivity|]. simpl in Pzx. unfold tops in *.
      destruct (map rb_top (b_rows bd)) as [|M Ms]; [inversion Pzx|].
    simpl in Pzx. inversion Pzx; subst. split; [assumption|]. simpl. ring. }
  destruct Hd as [z0 [zx' [Ezx [Hz0 EQ]]]].
  destruct (twin_sound emin prec Hp Hm f cx rn rd bd data covers checked z0 Hz0) as [T1 [T2 [T3 T4]]]. rewrite <- EQ in T4.
  destruct (register_parts emin prec Hp Hm f cx rn rd bd data covers checked) as [I1 [I2 [I3 [I4 [PL [RL [RS [RB RQ]]]]]]]].
  destruct (B_float emin prec Hp Hm f cx rn rd bd data covers checked) as [FB PB].
  destruct (gk_bound emin prec Hp f cx rn rd bd data covers checked) as [G1 [U32 _]].
  assert (Es : forall md, In md (f_second f :: f_middles f) ->
    g u (length z + 3) * (dot (abs (map wt (m_w md))) (rv qz (tops bd)) + Rabs (wt (m_b md)) + 2 * B)
      + INR (length z + 3) * eta * (1 + u) ^ (length z + 3)
    + dot (abs (map wt (m_w md))) (rv qz (errors bd)) + (2 * u * B + eta) <= IZR (b_error bd) * qa).
  { intros md Hmd. rewrite Lz. apply (score_sound emin prec Hp Hm f cx rn rd bd data covers checked md Hmd). }
  assert (Fits : forall t, (t < steps f)%nat -> score_at emin f zx Q (S t) + IZR (b_error bd) * qa + u * B <= B).
  { intros t Ht. destruct t as [|t]; [exact T4|]. cbn [score_at].
    assert (Hmd : In (piece_at f t) (f_second f :: f_middles f)) by (apply nth_In; unfold steps in Ht; simpl; lia).
    destruct (score_sound emin prec Hp Hm f cx rn rd bd data covers checked _ Hmd) as [_ [_ K]].
      pose proof (dot_pos_part emin (m_w (piece_at f t)) _ _ Pzx). lra. }
  split; [|split].
  - intros j Hj. apply (state_bounds emin prec Hp Hm0' f z zx (rv qz (errors bd)) (rv qz (tops bd))
    q q0 Q (IZR (b_twin bd) * qz)) with
      (E := IZR (b_error bd) * qa) (L := wt (b_rate bd)) (k' := k'); auto. apply Rle_refl.
  - apply (last_bound emin prec Hp Hm0' f z zx (rv qz (errors bd)) (rv qz (tops bd)) q q0 Q (IZR (b_twin bd) * qz)) with
      (E := IZR (b_error bd) * qa) (B := B) (L := wt (b_rate bd)) (sigma := sigma); auto. apply Rle_refl.
  - apply (slope_q emin f zx q q0 Q (IZR (b_twin bd) * qz)); auto. specialize (Fits 0%nat ltac:(unfold steps; lia)).
    pose proof (u_pos prec). assert (0 <= u * B) by (apply Rmult_le_pos; lra). pose proof (eta_pos' emin).
    assert (0 <= IZR (b_twin bd) * qz) by (eapply Rle_trans; [apply Rabs_pos|exact Hq0]).
    assert (0 <= wt (f_slope f) * (IZR (b_twin bd) * qz)) by (apply Rmult_le_pos; auto). lra.
Qed.

Lemma split_middles {A C : Type} (g : A -> C) mids : forall before L behind last0, before ++ L :: behind = map g mids
  ++ [last0] ->
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
  (forall before L behind v, hidden (regenerate one f) = before ++ L :: behind -> after_all emin prec before x' v ->
    Forall (fun t => ok (terms emin t v)) L) /\
  (forall v, after_all emin prec (hidden (regenerate one f)) x' v -> ok (terms emin (output (regenerate one f)) v)).
Proof.
  destruct fp as [LT [Lb [Lr [Lm [Lx0 [Rows _]]]]]].
  assert (Scores : Forall (fun md => length (m_w md) = m) (f_second f :: f_middles f)).
  { apply Forall_forall. intros md Hmd. apply (score_sound emin prec Hp Hm f cx rn rd bd data covers checked md Hmd). }
  pose proof (Forall_inv Scores) as L2. pose proof (Forall_inv_tail Scores) as L3.
  (* from the second layer on: the run so far goes on to the end, and everything on its way is bounded *)
  assert (First : Forall (fun t => ok (terms emin t x')) (first_layer f)).
  { destruct ranges as [_ [_ [_ [_ [RR [RT _]]]]]]. rewrite forallb_forall in RR, Rows. unfold first_layer.
    apply Forall_app. split.
    - apply Forall_forall. intros [t b] Htb. assert (Lc : length (combine (f_T f) (f_b f)) = length (b_rows bd))
      by (rewrite combine_length; unfold m_of_f in *; lia).
      destruct (combine_In_l (combine (f_T f) (f_b f)) (b_rows bd) (t, b) Htb Lc) as [rb Hrb].
      assert (Lt : length t = d) by (rewrite Forall_forall in LT; apply LT; eapply in_combine_l; exact Htb).
      destruct (row_sound emin prec Hp f cx rn rd bd data covers checked x0 y c x Hin Hball t b rb Lt (Rows _ Hrb))
        as [Szr _].
      exact (first_row t b (rb_size rb) Lt Szr (RR _ Hrb)).
    - constructor; [|constructor]. destruct (f_T f) as [|t0 T'] eqn:ET; [unfold m_of_f in Lm; rewrite ET in Lm;
      simpl in Lm; lia|].
      destruct (f_b f) as [|b0 b'] eqn:Eb; [unfold m_of_f in *; rewrite ET in *; simpl in *; lia|].
        destruct (b_rows bd) as [|rb rbs] eqn:Er; [discriminate|].
      cbn [hd] in *. assert (Lt : length t0 = d) by (inversion LT; assumption).
      destruct (row_sound emin prec Hp f cx rn rd bd data covers checked x0 y c x Hin Hball t0 b0 rb Lt (Rows ((t0,
        b0), rb) (or_introl eq_refl))) as [Szr _].
      exact (first_row t0 (f_twin f) (rb_size rb) Lt Szr RT). }
  assert (Later : forall v1, after emin prec (first_layer f) x' v1 -> exists z q, v1 = z ++ [q] /\ length z = m /\
     Forall2 (fun a M => Rabs a <= M) z (rv qz (tops bd)) /\ Forall (fun t => ok (terms emin t v1))
       (second_layer one m (f_slope f) (f_second f)) /\
     forall m1 m2 v2 v3, f_middles f = m1 ++ m2 -> after emin prec (second_layer one m (f_slope f) (f_second f)) v1 v2 ->
       after_all emin prec (map (middle_layer one m) m1) v2 v3 -> exists s r0 k, v3 = z ++ [s; r0;
         k] /\ 0 <= s /\ 0 <= r0 /\ s + r0 <= B /\ 0 <= k <= R0 /\
         (m2 = [] -> forall v4, after emin prec (last_layer one m (f_rate f) (f_inc f)) v3 v4 ->
           exists k', v4 = [k'] /\ 0 <= k' <= R0)).
  { intros v1 H1. destruct (first_layer_run emin prec Hp Hm f cx rn rd bd data covers checked x0 y c x x' Hin Hball
    Hnear v1 H1) as
      [z [q [q0 [-> [Lz [Lzx [Cl [Tp [Fz [Pz [Pzx [Hq Hq0]]]]]]]]]]]]. exists z, q. split; [reflexivity|].
        split; [exact Lz|]. split; [exact Tp|].
    rewrite <- Lz in L2, L3. pose proof (fun sigma k' => states sigma k' z q q0 Lz Lzx Cl Tp Pzx Hq Hq0) as St.
    assert (Whole : forall m1 m2 v2 v3, f_middles f = m1 ++ m2 ->
      after emin prec (second_layer one m (f_slope f) (f_second f)) (z ++ [q]) v2 ->
      after_all emin prec (map (middle_layer one m) m1) v2 v3 -> exists sigma, v3 = z ++ units (sigma (length m1)) /\
        second_step emin prec z (f_slope f) (f_second f) q (sigma 0%nat) /\
          (forall t, (t <= length (f_middles f))%nat -> floats emin prec (sigma t)) /\
        (forall t, (t < length (f_middles f))%nat -> middle_step emin prec z (nth t (f_middles f) no_middle) (sigma t)
          (sigma (S t)))).
    { intros m1 m2 v2 v3 Em H2 H3. rewrite <- Lz in H2, H3. destruct (second_after emin prec Hp Hm0' z Fz Pz _ _ _ _ L2
      H2) as [st [-> [Fst S2]]].
      destruct (after_all_total emin prec Hp (map (middle_layer one (length z)) m2) v3) as [v5 H5]. rewrite Em in L3.
      destruct (run_middles_at emin prec Hp Hm0' z Fz Pz m1 m2 L3 st v3 v5 Fst H3 H5) as [sigma [S0 [Sv [_ [SF SS]]]]].
        exists sigma. rewrite S0, Em. auto. }
    assert (Ends : forall sigma v3, v3 = z ++ units (sigma (length (f_middles f))) ->
      forall v4, after emin prec (last_layer one m (f_rate f) (f_inc f)) v3 v4 ->
      exists k', v4 = [k'] /\ last_step emin prec (f_rate f) (f_inc f) (sigma (length (f_middles f))) k').
    { intros sigma v3 -> v4 H4. rewrite <- Lz in H4. destruct (sigma (length (f_middles f))) as [[s r0] k].
      exact (last_after emin prec Hp Hm0' z _ _ _ _ _ _ H4). }
    split.
    - destruct (after_total emin prec Hp (second_layer one m (f_slope f) (f_second f)) (z ++ [q])) as [v2 H2].
      destruct (after_all_total emin prec Hp (map (middle_layer one m) (f_middles f)) v2) as [v3 H3].
      destruct (Whole (f_middles f) [] v2 v3 (eq_sym (app_nil_r _)) H2 H3) as [sigma [Sv [S2 [SF SS]]]].
      destruct (after_total emin prec Hp (last_layer one m (f_rate f) (f_inc f)) v3) as [v4 H4].
        destruct (Ends sigma v3 Sv v4 H4) as [k' [_ SL]].
      destruct (St sigma k' S2 SF SS SL) as [_ [_ Sq]]. apply second_ok; auto; [rewrite Hq; apply Rmax_l|].
      apply Rabs_le_inv in Hq0. pose proof qz_p as Pq. pose proof e_qz as Ez. pose proof (eta_pos' emin) as Pe.
      assert (Hd : exists z0, 0 <= z0 <= IZR (hd 0%Z (tops bd)) * qz /\
        dot (map wt (hd [] (f_T f))) x + wt (f_twin f) = z0 + wt (f_twin f) - wt (hd 0%Z (f_b f))).
      { destruct (f_T f) as [|t0 T'] eqn:ET; [unfold m_of_f in Lm; rewrite ET in Lm; simpl in Lm; lia|].
        destruct (f_b f) as [|b0 b'] eqn:Eb; [unfold m_of_f in *; rewrite ET in *; simpl in *; lia|].
        simpl in Pzx. unfold tops in *. destruct (map rb_top (b_rows bd)) as [|M Ms]; [inversion Pzx|].
        simpl in Pzx. inversion Pzx; subst. eexists. split; [eassumption|]. simpl. ring. }
      destruct Hd as [z0 [Hz0 EQ]]. rewrite EQ in Hq0. unfold weight in Hq0.
      assert (T1 : IZR (f_twin f) * eta <= Rabs (IZR (f_twin f)) * eta) by (apply Rmult_le_compat_r; [lra|apply Rle_abs]).
      assert (T2 : - (IZR (hd 0%Z (f_b f)) * eta) <= Rabs (IZR (hd 0%Z (f_b f))) * eta).
      { rewrite <- Ropp_mult_distr_l_reverse. apply Rmult_le_compat_r; [lra|]. rewrite <- Rabs_Ropp. apply Rle_abs. }
      replace ((IZR (hd 0%Z (tops bd)) + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f))))
        * IZR cx + IZR (b_twin bd)) * qz) with
        (IZR (hd 0%Z (tops bd)) * qz + (Rabs (IZR (f_twin f)) + Rabs (IZR (hd 0%Z (f_b f)))) * (IZR cx * qz)
          + IZR (b_twin bd) * qz) by ring. rewrite <- Ez.
      assert (P1 : 0 <= Rabs (IZR (f_twin f)) * eta) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
        assert (P2 : 0 <= Rabs (IZR (hd 0%Z (f_b f))) * eta) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
      rewrite Hq. apply Rmax_lub; lra.
    - intros m1 m2 v2 v3 Em H2 H3. destruct (Whole m1 m2 v2 v3 Em H2 H3) as [sigma [Sv [S2 [SF SS]]]].
      destruct (after_total emin prec Hp (last_layer one m (f_rate f) (f_inc f))
        (z ++ units (sigma (length (f_middles f))))) as [v4 H4].
      destruct (Ends sigma _ eq_refl v4 H4) as [k' [_ SL]]. destruct (St sigma k' S2 SF SS SL) as [Sb _].
      assert (Lj : (length m1 <= length (f_middles f))%nat) by (rewrite Em, app_length; lia). specialize (Sb (length m1) Lj).
      destruct (sigma (length m1)) as [[s r0] k] eqn:Es. exists s, r0, k. destruct Sb as [B1 [B2 [B3 B4]]].
        split; [exact Sv|]. repeat (split; [assumption|]).
      intros -> v6 H6. rewrite app_nil_r in Em. subst m1. rewrite <- Es in Sv.
        destruct (Ends sigma v3 Sv v6 H6) as [k2 [-> SL2]].
      destruct (St sigma k2 S2 SF SS SL2) as [_ [Kb _]]. exists k2. split; [reflexivity|exact Kb]. }
  split; [exact input_bounds|]. split.
  - intros before L behind v E Hv. cbn [regenerate hidden] in E. change (Form.m_of f) with m in E.
    destruct before as [|L1 before].
    + simpl in Hv. subst v. inversion E; subst. exact First.
    + inversion E as [[E1 E2]]. subst L1. destruct Hv as [v1 [H1 Hv]].
      destruct (Later v1 H1) as [z [q [Ez [Lz [Tp [Sec Rest]]]]]].
      destruct before as [|L1 before].
      * simpl in Hv. subst v. inversion E2; subst L. exact Sec.
      * inversion E2 as [[E3 E4]]. subst L1. destruct Hv as [v2 [H2 Hv]]. symmetry in E4. apply split_middles in E4.
        destruct E4 as [[m1 [md [m2 [A1 [A2 A3]]]]]|[A1 A2]].
        -- subst before L. destruct (Rest m1 (md :: m2) v2 v A1 H2 Hv) as [s [r0 [k [Ev [P1 [P2 [P3 [P4 _]]]]]]]]. subst v.
           apply middle_ok; auto. rewrite A1. apply in_or_app. right. left. reflexivity.
        -- subst before L. destruct (Rest (f_middles f) [] v2 v (eq_sym (app_nil_r _)) H2 Hv)
          as [s [r0 [k [Ev [P1 [P2 [P3 [P4 _]]]]]]]]. subst v.
           unfold last_layer. constructor; [|constructor]. apply register_unit; auto; [apply in_or_app; right; left;
             reflexivity|].
           right. right. apply in_or_app. right. left. reflexivity.
  - intros v Hv. cbn [regenerate hidden output] in *. change (Form.m_of f) with m in Hv.
    destruct Hv as [v1 [H1 [v2 [H2 Hv]]]]. destruct (Later v1 H1) as [z [q [Ez [Lz [Tp [Sec Rest]]]]]].
    apply after_all_app in Hv. destruct Hv as [v3 [H3 [v4 [H4 E4]]]]. simpl in E4. subst v4.
    destruct (Rest (f_middles f) [] v2 v3 (eq_sym (app_nil_r _)) H2 H3) as [s [r0 [k [Ev [P1 [P2 [P3 [P4 Pl]]]]]]]].
      destruct (Pl eq_refl v H4) as [k' [-> Pk']].
    destruct ranges as [O4 [_ [K _]]]. apply (small _ (R0 + Rabs (IZR (f_top f)))); [| |exact K].
    + apply length_nz. unfold terms. simpl. lia.
    + unfold terms. cbn [fst snd map combine app mag]. rewrite weight_opp, one_weight, (weight_int emin Hm0').
      rewrite Rmult_1_r, Rplus_0_r.
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
