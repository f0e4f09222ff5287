(* SOUNDNESS of the lower end: quadratic forms of the checker's integer matrices, and `check_width ... = true` implies
   the claim. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool.
From Logwidth Require Import Vectors Model Formats Margin Gram Leads Close Claim FirstLayer Width WidthCheck.
Import ListNotations.

Open Scope R_scope.
(* ---- quadratic forms of integer matrices ---- *)
Definition rz := map IZR.
Definition form (A : matrix) (x y : list R) := dot (map (fun row => dot (rz row) x) A) y.
Lemma rz_add : forall a b x, length a = length b -> dot (rz (zadd a b)) x = dot (rz a) x + dot (rz b) x.
Proof. induction a as [|a0 a IH]; intros [|b0 b] x H; simpl in *; try discriminate; [ring|].
  destruct x as [|x0 x]; simpl; [ring|]. rewrite IH by lia. rewrite plus_IZR. ring. Qed.
Lemma zadd_length : forall a b, length a = length b -> length (zadd a b) = length a.
Proof. induction a as [|a0 a IH]; intros [|b0 b] H; simpl in *; try discriminate; auto. Qed.
Definition square d (A : matrix) := Forall (fun row => length row = d) A.
Lemma form_add d : forall A B x y, length A = length B -> square d A -> square d B ->
  form (madd A B) x y = form A x y + form B x y.
Proof.
  unfold form, madd. induction A as [|a A IH]; intros [|b B] x y L HA HB; simpl in *; try discriminate; [ring|].
  inversion HA; inversion HB; subst. destruct y as [|y0 y]; [ring|]. rewrite IH by (auto; lia).
    rewrite rz_add by congruence. ring.
Qed.
Lemma madd_square d : forall A B, length A = length B -> square d A -> square d B ->
  length (madd A B) = length A /\ square d (madd A B).
Proof.
  unfold madd. induction A as [|a A IH]; intros [|b B] L HA HB; simpl in *; try discriminate; [split; [auto|constructor]|].
  inversion HA as [|? ? Ha HA']; inversion HB as [|? ? Hb HB']; subst. destruct (IH B ltac:(lia) HA' HB') as [E S].
  split; [simpl; lia|constructor; [cbn [fst snd]; rewrite (zadd_length a b); congruence|exact S]].
Qed.
Lemma form_zero d n x y : form (repeat (repeat 0%Z d) n) x y = 0.
Proof.
  unfold form. assert (E : forall d x, dot (rz (repeat 0%Z d)) x = 0) by (induction d0 as [|d0 IH]; intros [|x0 x1];
    simpl; try ring; rewrite IH; ring).
  revert y. induction n as [|n IH]; intros [|y0 y]; simpl; try ring. rewrite IH, E. ring.
Qed.
Lemma form_outer c v : forall x, form (outer c v) x x = IZR c * (dot (rz v) x * dot (rz v) x).
Proof.
  intro x. unfold form, outer. rewrite map_map.
  assert (E : forall a, dot (rz (map (fun b => c * a * b)%Z v)) x = IZR c * IZR a * dot (rz v) x).
  { intro a. generalize x. induction v as [|b v' IH]; intros [|x0 x1]; simpl; try ring. rewrite IH, !mult_IZR. ring. }
  assert (G : forall w y, dot (map (fun a => dot (rz (map (fun b => c * a * b)%Z v)) x) w) y = IZR c * dot (rz w)
    y * dot (rz v) x).
  { induction w as [|a w IH]; intros [|y0 y]; simpl; try ring. rewrite IH, E. ring. }
  rewrite G. ring.
Qed.
Lemma outer_square c v : length (outer c v) = length v /\ square (length v) (outer c v).
Proof. unfold outer. split; [apply map_length|]. apply Forall_forall. intros row H. apply in_map_iff in H.
  destruct H as [a [<- _]]. apply map_length. Qed.
Lemma msum_square d l : Forall (fun t => length (snd t) = d) l -> length (msum d l) = d /\ square d (msum d l).
Proof.
  induction 1 as [|[c v] l H Hl [L S]]; simpl in *.
  - split; [apply repeat_length|]. apply Forall_forall. intros row Hr. apply repeat_spec in Hr. subst. apply repeat_length.
  - destruct (outer_square c v) as [L1 S1]. rewrite H in *.
    destruct (madd_square d (outer c v) (msum d l) ltac:(congruence) S1 S) as [A B]. split; [congruence|exact B].
Qed.
Theorem form_msum d l x : Forall (fun t => length (snd t) = d) l ->
  form (msum d l) x x = sumf (fun t => IZR (fst t) * (dot (rz (snd t)) x * dot (rz (snd t)) x)) l.
Proof.
  induction 1 as [|[c v] l H Hl IH]; [apply form_zero|]. destruct (msum_square d l Hl) as [L S].
    destruct (outer_square c v) as [L1 S1].
  cbn [fst snd] in *. rewrite H in *. change (msum d ((c, v) :: l)) with (madd (outer c v) (msum d l)).
  rewrite (form_add d) by (auto; congruence). rewrite form_outer, IH. reflexivity.
Qed.

(* ---- a matrix with small row and column sums changes |x|^2 by little ---- *)
Notation squares := (map (fun a : R => a * a)).
Lemma dot_rows a row : forall x, - / 2 * (a * a * IZR (zsum (map Z.abs row)) + dot (rz (map Z.abs row)) (squares x))
  <= a * dot (rz row) x.
Proof.
  induction row as [|n row IH]; intros [|x0 x]; simpl; try lra.
  - change (fold_right Z.add 0%Z) with zsum. assert (0 <= IZR (Z.abs n + zsum (map Z.abs row))).
    { apply IZR_le. pose proof (Z.abs_nonneg n). assert (Pz : Forall (fun n0 => (0 <= n0)%Z) (map Z.abs row)).
      { apply Forall_forall. intros z Hz. apply in_map_iff in Hz. destruct Hz as [w [<- _]]. apply Z.abs_nonneg. }
      pose proof (zsum_nonneg _ Pz). lia. }
    nra.
  - specialize (IH x). change (fold_right Z.add 0%Z) with zsum in *. rewrite plus_IZR, abs_IZR.
    assert (- / 2 * (Rabs (IZR n) * (a * a) + Rabs (IZR n) * (x0 * x0)) <= a * (IZR n * x0)).
    { set (t := IZR n). pose proof (Rle_0_sqr (a - x0)) as S1. pose proof (Rle_0_sqr (a + x0)) as S2. unfold Rsqr in S1, S2.
      unfold Rabs. destruct (Rcase_abs t) as [C|C].
      - assert (0 <= - t * ((a - x0) * (a - x0))) by (apply Rmult_le_pos; lra). lra.
      - assert (0 <= t * ((a + x0) * (a + x0))) by (apply Rmult_le_pos; lra). lra. }
    lra.
Qed.
Lemma form_rows (A : matrix) x : forall y, length y = length A ->
  - / 2 * (dot (map (fun row => IZR (zsum (map Z.abs row))) A) (squares y) + sumf (fun row => dot (rz (map Z.abs row))
    (squares x)) A) <= form A x y.
Proof.
  unfold form. induction A as [|row A IH]; intros [|y0 y] L; simpl in *; try discriminate; [lra|].
    specialize (IH y ltac:(lia)).
  pose proof (dot_rows y0 row x). change (fold_right Z.add 0%Z) with zsum in *. unfold sumf in *. lra.
Qed.
Lemma sum_columns d (A : matrix) x : square d A -> sumf (fun row => dot (rz (map Z.abs row)) x)
  A = dot (rz (column_sums d A)) x.
Proof.
  induction 1 as [|row A H HA IH].
  - unfold column_sums. simpl. revert x. induction d as [|d IH]; intros [|x0 x]; simpl; try ring. rewrite <- IH. ring.
  - rewrite sumf_cons, IH. change (column_sums d (row :: A)) with (zadd (map Z.abs row) (column_sums d A)).
    rewrite rz_add; [reflexivity|]. rewrite map_length.
    assert (G : forall B : matrix, square d B -> length (fold_right (fun row s => zadd (map Z.abs row) s)
      (repeat 0%Z d) B) = d).
    { induction 1 as [|r B Hr HB IHB]; simpl; [apply repeat_length|].
      rewrite zadd_length; rewrite map_length; [exact Hr|congruence]. }
    unfold column_sums. rewrite G by exact HA. exact H.
Qed.
Lemma dot_below l : forall x b, Forall (fun n => IZR n <= b) l -> length l = length x ->
  dot (rz l) (squares x) <= b * dot x x.
Proof.
  induction l as [|n l IH]; intros [|x0 x] b H L; simpl in *; try discriminate; [lra|]. inversion H; subst.
    specialize (IH x b H3 ltac:(lia)). nra.
Qed.

(* ---- soundness ---- *)
Lemma unit_vector_spec d i x : (i < d)%nat -> length (unit_vector d i) = d /\ dot (rz (unit_vector d i)) x = nth i x 0.
Proof.
  intro H. split; [unfold unit_vector; rewrite app_length; cbn [length]; rewrite !repeat_length; lia|].
  unfold unit_vector, rz. assert (E : forall n y, dot (map IZR (repeat 0%Z n)) y = 0) by (induction n as [|n IH];
    intros [|y0 y]; simpl; try ring; rewrite IH; ring).
  generalize (d - S i)%nat. clear H. intro n. revert x. induction i as [|i IH]; intros [|x0 x]; simpl; try ring.
  - rewrite E. ring.
  - rewrite IH. ring.
Qed.
Lemma sum_squares x : forall a d, length x = d -> sumf (fun i => nth (i - a) x 0 * nth (i - a) x 0) (seq a d) = dot x x.
Proof.
  induction x as [|x0 x IH]; intros a d <-; [reflexivity|]. cbn [length seq]. rewrite sumf_cons, Nat.sub_diag.
    cbn [nth dot]. f_equal.
  rewrite <- (IH (S a) _ eq_refl). apply sumf_ext. intros i Hi. apply in_seq in Hi.
    replace (i - a)%nat with (S (i - S a)) by lia. reflexivity.
Qed.
Lemma zdiff_real q x y : rv q (zdiff x y) = vsub (rv q x) (rv q y).
Proof. unfold zdiff, vsub, scale. rewrite <- rv_add. f_equal. unfold rv. rewrite !map_map. apply map_ext. intro n.
  rewrite opp_IZR. ring. Qed.
Lemma zdiff_length x y : length x = length y -> length (zdiff x y) = length x.
Proof. intro H. unfold zdiff. apply zadd_length. rewrite map_length. exact H. Qed.
Lemma sumf_scaled {A : Type} (a : R) (f h : A -> R) l : (forall x, In x l -> f x = a * h x) -> sumf f l = a * sumf h l.
Proof. intro H. rewrite <- sumf_scale. apply sumf_ext. exact H. Qed.
Lemma sumf_app {A : Type} (f : A -> R) l l' : sumf f (l ++ l') = sumf f l + sumf f l'.
Proof. induction l as [|x l IH]; [simpl; unfold sumf; simpl; ring|]. cbn [app]. rewrite !sumf_cons, IH. ring. Qed.

Theorem check_width_sound d cx rn rd data k c : check_width d cx rn rd data k c = true ->
  no_first_layer_of k d cx (IZR rn / IZR rd) data.
Proof.
  unfold check_width. intro H. repeat match goal with K : (_ && _)%bool = true |- _ => apply andb_true_iff in K;
    destruct K end.
  repeat match goal with K : (_ <=? _)%Z = true |- _ => apply Z.leb_le in K end.
    repeat match goal with K : (_ <? _)%Z = true |- _ => apply Z.ltb_lt in K end.
  match goal with K : forallb (fun s => Nat.eqb (length (fst s)) d) data = true |- _ => rename K into Ld;
    rewrite forallb_forall in Ld end.
  match goal with K : forallb (pair_ok data) _ = true |- _ => rename K into Pp; rewrite forallb_forall in Pp end.
  match goal with K : forallb (term_ok d) (w_sum c) = true |- _ => rename K into Ts; rewrite forallb_forall in Ts end.
  match goal with K : forallb (term_ok d) (w_shows c) = true |- _ => rename K into Tx; rewrite forallb_forall in Tx end.
  match goal with K : forallb _ (msum _ _) = true |- _ => rename K into Rr; rewrite forallb_forall in Rr end.
  match goal with K : forallb _ (column_sums _ _) = true |- _ => rename K into Cc; rewrite forallb_forall in Cc end.
  match goal with K : (rd * rd * _ <= _)%Z |- _ => rename K into Small end.
  match goal with K : (0 < cx)%Z |- _ => apply IZR_lt in K; rename K into Pcx end.
    match goal with K : (0 < rd)%Z |- _ => apply IZR_lt in K; rename K into Prd end.
  match goal with K : (0 <= rn)%Z |- _ => apply IZR_le in K; rename K into Prn end.
    match goal with K : (0 < total_weight c)%Z |- _ => apply IZR_lt in K; rename K into Pw end.
  match goal with K : (0 <= w_nu c)%Z |- _ => apply IZR_le in K; rename K into Pn end.
    match goal with K : (0 < w_scale c)%Z |- _ => apply IZR_lt in K; rename K into Pq end.
  match goal with K : (0 < w_shows_scale c)%Z |- _ => apply IZR_lt in K; rename K into Pq' end.
    match goal with K : (0 <= w_eps c)%Z |- _ => apply IZR_le in K; rename K into Pe end.
  set (q := IZR (w_scale c)) in *. set (q' := IZR (w_shows_scale c)) in *. set (nu := IZR (w_nu c)) in *.
    set (eps := IZR (w_eps c)) in *.
  set (qx := / IZR cx). assert (Qx : 0 < qx) by (apply Rinv_0_lt_compat; exact Pcx).
  set (unit := qx * qx / q). assert (Pu : 0 < unit) by (unfold unit; apply Rmult_lt_0_compat;
    [nra|apply Rinv_0_lt_compat; exact Pq]).
  assert (vecs : forall i, (i < length data)%nat -> length (fst (nth i data no_sample)) = d).
  { intros i Hi. apply Nat.eqb_eq, (Ld (nth i data no_sample)), nth_In, Hi. }
  set (pairs := map (fun p => (IZR (p_weight p), (point cx (fst (first_of data p)), point cx (fst (second_of data
    p))))) (w_pairs c)).
  set (SS := map (fun t => (unit * IZR (fst t), rz (snd t))) (w_sum c)).
  assert (terms_square : Forall (fun t => length (snd t) = d) (rest_terms d data c)).
  { unfold rest_terms. rewrite !Forall_app. repeat split; apply Forall_forall; intros t Ht; apply in_map_iff in Ht;
    destruct Ht as [w [<- Hw]]; cbn [snd].
    - specialize (Ts w Hw). unfold term_ok in Ts. apply andb_true_iff in Ts. apply Nat.eqb_eq, Ts.
    - apply in_seq in Hw. apply (unit_vector_spec d w []). lia.
    - specialize (Pp w Hw). unfold pair_ok in Pp. repeat match goal with K : (_ && _)%bool = true |- _ => apply
      andb_true_iff in K; destruct K end.
      repeat match goal with K : Nat.ltb _ _ = true |- _ => apply Nat.ltb_lt in K end.
        unfold difference, first_of, second_of. rewrite zdiff_length by (rewrite !vecs by assumption; reflexivity).
        apply vecs. assumption.
    - specialize (Tx w Hw). unfold term_ok in Tx. apply andb_true_iff in Tx. apply Nat.eqb_eq, Tx. }
  assert (sumw : sumf (fun p : R * (list R * list R) => fst p) pairs = IZR (total_weight c)).
  { unfold pairs, total_weight. rewrite sumf_map. cbn [fst]. generalize (w_pairs c). intro l.
    induction l as [|p l IH]; [reflexivity|]. rewrite sumf_cons, IH. simpl. rewrite plus_IZR. reflexivity. }
  intros W HW LW f Hf.
  set (label := fun x c' => exists y, In y data /\ point cx (fst y) = x /\ c' = IZR (snd y)).
  apply (no_width_k d R label pairs) with (k := k) (nu := unit * (nu + eps)) (sigma := IZR rn / IZR rd) (S := SS)
    (W := W) (G := f); auto.
  - intros p Hp. unfold pairs in Hp. apply in_map_iff in Hp. destruct Hp as [w [<- Hw]]. cbn [fst snd].
    specialize (Pp w Hw). unfold pair_ok in Pp.
    repeat match goal with K : (_ && _)%bool = true |- _ => apply andb_true_iff in K; destruct K end.
    repeat match goal with K : Nat.ltb _ _ = true |- _ => apply Nat.ltb_lt in K end.
    match goal with K : (_ <=? _)%Z = true |- _ => apply Z.leb_le in K; rename K into Wp end.
    match goal with K : negb _ = true |- _ => apply negb_true_iff, Z.eqb_neq in K; rename K into Ne end.
    split; [apply IZR_le; exact Wp|]. unfold vec, point. rewrite !map_length. split; [apply vecs; assumption|].
      split; [apply vecs; assumption|].
    exists (IZR (snd (first_of data w))), (IZR (snd (second_of data w))). repeat split.
    + exists (first_of data w). split; [apply nth_In; assumption|split; reflexivity].
    + exists (second_of data w). split; [apply nth_In; assumption|split; reflexivity].
    + intro E. apply Ne. apply eq_IZR. exact E.
  - intros t Ht. unfold SS in Ht. apply in_map_iff in Ht. destruct Ht as [w [<- Hw]]. cbn [fst snd].
    specialize (Ts w Hw). unfold term_ok in Ts.
    apply andb_true_iff in Ts. destruct Ts as [A B]. apply Z.leb_le, IZR_le in A. apply Nat.eqb_eq in B.
      split; [apply Rmult_le_pos; lra|]. unfold vec, rz. rewrite map_length. exact B.
  - apply Rmult_le_pos; lra.
  - change (0 < sumf (fun p : R * (list R * list R) => fst p) pairs). rewrite sumw. exact Pw.
  - (* domination: the rest is at least - q' eps |v|^2 *)
    intros v Hv. unfold vec in Hv.
    pose proof (form_msum d (rest_terms d data c) v terms_square) as Fm. destruct (msum_square d _ terms_square) as [Lm Sm].
    set (rest := msum d (rest_terms d data c)) in *.
    pose proof (form_rows rest v v ltac:(congruence)) as Fr. rewrite (sum_columns d rest _ Sm) in Fr.
    assert (C1 : dot (map (fun row => IZR (zsum (map Z.abs row))) rest) (squares v) <= q' * eps * dot v v).
    { rewrite <- (map_map (fun row => zsum (map Z.abs row)) IZR). apply dot_below; [|rewrite map_length; congruence].
      apply Forall_forall. intros n Hn. apply in_map_iff in Hn. destruct Hn as [row [<- Hrow]].
        specialize (Rr row Hrow). apply Z.leb_le, IZR_le in Rr. rewrite mult_IZR in Rr. exact Rr. }
    assert (Lc : length (column_sums d rest) = d).
    { unfold column_sums. clear - Sm. induction Sm as [|row A Hr HA IH]; simpl; [apply repeat_length|].
      rewrite zadd_length; rewrite map_length; congruence. }
    assert (C2 : dot (rz (column_sums d rest)) (squares v) <= q' * eps * dot v v).
    { apply dot_below; [|congruence]. apply Forall_forall. intros n Hn. specialize (Cc n Hn).
      apply Z.leb_le, IZR_le in Cc. rewrite mult_IZR in Cc. exact Cc. }
    rewrite Fm in Fr. unfold rest_terms in Fr. rewrite !sumf_app, !sumf_map in Fr. cbn [fst snd] in Fr.
    rewrite (sumf_scaled q' _ (fun t => IZR (fst t) * (dot (rz (snd t)) v * dot (rz (snd t)) v)) (w_sum c))
      in Fr by (intros t _; rewrite mult_IZR; unfold q'; ring).
    rewrite (sumf_scaled (q' * nu) _ (fun i => nth (i - 0) v 0 * nth (i - 0) v 0) (seq 0 d)) in Fr.
    2:{ intros i Hi. apply in_seq in Hi. rewrite mult_IZR, Nat.sub_0_r.
      destruct (unit_vector_spec d i v ltac:(lia)) as [_ ->]. unfold q', nu. ring. }
    rewrite (sum_squares v 0 d Hv) in Fr.
    rewrite (sumf_scaled (- (q' * q)) _ (fun p => IZR (p_weight p) * (dot (rz (difference data p))
      v * dot (rz (difference data p)) v)) (w_pairs c)) in Fr
      by (intros t _; rewrite opp_IZR, !mult_IZR; unfold q', q; ring).
    set (A1 := sumf (fun t => IZR (fst t) * (dot (rz (snd t)) v * dot (rz (snd t)) v)) (w_sum c)) in *.
    set (A2 := sumf (fun p => IZR (p_weight p) * (dot (rz (difference data p)) v * dot (rz (difference data p)) v))
      (w_pairs c)) in *.
    assert (A3 : sumf (fun x => IZR (- fst x) * (dot (rz (snd x)) v * dot (rz (snd x)) v)) (w_shows c) <= 0).
    { rewrite <- (sumf_zero (w_shows c)). apply sumf_le. intros t Ht. specialize (Tx t Ht). unfold term_ok in Tx.
      apply andb_true_iff in Tx. destruct Tx as [B1 _]. apply Z.leb_le, IZR_le in B1.
      rewrite opp_IZR. assert (0 <= IZR (fst t) * (dot (rz (snd t)) v * dot (rz (snd t)) v)) by (apply Rmult_le_pos;
        [exact B1|apply Rle_0_sqr]). lra. }
    assert (Key : q * A2 <= A1 + (nu + eps) * dot v v).
    { apply Rmult_le_reg_l with q'; [exact Pq'|]. lra. }
    assert (E1 : sumf (fun p => fst p * (dot (diff p) v * dot (diff p) v)) pairs = qx * qx * A2).
    { unfold pairs, A2. rewrite sumf_map, <- sumf_scale. apply sumf_ext. intros p _. cbn [fst]. unfold diff. cbn [fst snd].
      change (point cx) with (rv qx). rewrite <- zdiff_real. fold (difference data p).
      assert (E : forall l x, dot (rv qx l) x = qx * dot (rz l) x) by (induction l as [|n l IH]; intros [|x0 x]; simpl;
        try ring; rewrite IH; ring). rewrite E. ring. }
    assert (E2 : sumf (fun q0 => fst q0 * (dot (snd q0) v * dot (snd q0) v)) SS = unit * A1).
    { unfold SS, A1. rewrite sumf_map, <- sumf_scale. apply sumf_ext. intros t _. cbn [fst snd]. ring. }
    rewrite E1, E2. replace (qx * qx * A2) with (unit * (q * A2)) by (unfold unit; field; lra).
    replace (unit * A1 + unit * (nu + eps) * dot v v) with (unit * (A1 + (nu + eps) * dot v v)) by ring.
      apply Rmult_le_compat_l; lra.
  - (* the trace *)
    change (sumf (fun p : pair => fst p) pairs) with (sumf (fun p : R * (list R * list R) => fst p) pairs). rewrite sumw.
    assert (E3 : sumf (fun q0 : R * list R => fst q0 * dot (snd q0) (snd q0))
      SS = unit * IZR (zsum (map (fun t => fst t * zdot (snd t) (snd t))%Z (w_sum c)))).
    { unfold SS. rewrite sumf_map. cbn [fst snd]. generalize (w_sum c). intro l.
      induction l as [|t l IH]; [simpl; unfold sumf; simpl; ring|]. rewrite sumf_cons, IH. simpl.
      rewrite plus_IZR, mult_IZR. assert (E : forall l x, dot (rz l) (rz x) = IZR (zdot l x))
        by (induction l0 as [|n l0 IH0]; intros [|x0 x]; simpl; try ring; rewrite IH0, plus_IZR, mult_IZR; ring).
      rewrite E. ring. }
    rewrite E3. apply IZR_le in Small. rewrite !mult_IZR, plus_IZR, mult_IZR, plus_IZR in Small.
      rewrite <- INR_IZR_INZ in Small. fold nu eps q in Small.
    set (tr := IZR (zsum (map (fun t => fst t * zdot (snd t) (snd t))%Z (w_sum c)))) in *.
      set (tw := IZR (total_weight c)) in *.
    apply Rmult_le_reg_r with (IZR rd * IZR rd * q * (IZR cx * IZR cx)); [repeat apply Rmult_lt_0_compat; assumption|].
    replace ((INR k * (unit * (nu + eps)) + unit * tr) * (IZR rd * IZR rd * q * (IZR cx * IZR cx))) with
      (IZR rd * IZR rd * (INR k * (nu + eps) + tr)) by (unfold unit, qx; field; lra).
    replace (4 * (IZR rn / IZR rd * (IZR rn / IZR rd)) * tw * (IZR rd * IZR rd * q * (IZR cx * IZR cx))) with
      (4 * (IZR rn * IZR rn) * q * (IZR cx * IZR cx) * tw) by (field; lra). exact Small.
  - (* robust in the words of Claim.v *)
    intros x c' [y [Hy [<- ->]]] z Hz. destruct y as [x0 y0]. apply (Hf x0 y0 Hy). destruct Hz as [Z1 Z2].
      split; [exact Z1|]. rewrite dist2_vsub. exact Z2.
Qed.
