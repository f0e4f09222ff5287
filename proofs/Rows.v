(* ROWS. What a unit's dot product gives in any order of summation, however many of its terms are 0: its error counts
   the nonzero terms only (`row_error`), a copy copies (`copy1`), two terms make a single rounding (`sum2`,
   `two_terms`), and the register's row gives what Register.v asks of it (`step_k_row`). *)
From Coq Require Import Reals List Lra Lia Psatz Permutation.
From Flocq Require Import Core.
From Logwidth Require Import Model.
Import ListNotations.
Open Scope R_scope.

Section Rows.
Variable F : R -> Prop.
Hypothesis F0 : F 0.
Variables u eta : R.
Hypothesis Hu : 0 <= u < 1.
Hypothesis Heta : 0 <= eta.
Hypothesis near_err : forall e v, near F e v -> Rabs (v - e) <= u * Rabs e + eta.
Hypothesis near_sum : forall a b v, F a -> F b -> near F (a + b) v -> Rabs (v - (a + b)) <= u * Rabs (a + b).

Lemma evals_nonempty l v h : evals F l v h -> (1 <= length l)%nat.
Proof. induction 1; simpl; try lia; [rewrite app_length; lia|rewrite <- (Permutation_length H); lia]. Qed.
Lemma evals_height l v h : evals F l v h -> (h <= length l)%nat.
Proof. induction 1; simpl; try lia.
  - rewrite app_length. pose proof (evals_nonempty _ _ _ H). pose proof (evals_nonempty _ _ _ H0). lia.
  - rewrite <- (Permutation_length H); lia. Qed.

Lemma Perm_filter {A : Type} (f : A -> bool) l1 l2 : Permutation l1 l2 -> Permutation (filter f l1) (filter f l2).
Proof. induction 1; simpl; auto.
  - destruct (f x); auto.
  - destruct (f x), (f y); auto. apply perm_swap.
  - eapply perm_trans; eauto. Qed.
(* terms whose product is 0 contribute exactly 0 and count for nothing *)
Theorem drop_zeros l v h : evals F l v h -> (nonzero l = [] /\ v = 0) \/ exists h', evals F (nonzero l) v h'.
Proof.
  induction 1 as [b Hb | w x v H | l1 l2 v1 v2 h1 h2 v H1 IH1 H2 IH2 Hs | w x l v1 h v H IH Hp | l1 l2 v h P H IH].
  - unfold nonzero, live; simpl. destruct (Req_EM_T (b * 1) 0); [left; split; [auto|lra]|right; eexists; constructor; auto].
  - unfold nonzero, live; simpl. destruct (Req_EM_T (w * x) 0) as [Z|Z]; [left|right; eexists; constructor; auto].
    split; [auto|]. rewrite Z in H. exact (near_exact F _ _ H F0).
  - unfold nonzero in *. rewrite filter_app. destruct IH1 as [[N1 ->]|[k1 E1]], IH2 as [[N2 ->]|[k2 E2]].
    + left. rewrite N1, N2. split; [auto|]. rewrite Rplus_0_l in Hs. exact (near_exact F _ _ Hs F0).
    + right. rewrite N1. rewrite Rplus_0_l in Hs. rewrite (near_exact F _ _ Hs (evals_F F _ _ _ H2)). eauto.
    + right. rewrite N2, app_nil_r. rewrite Rplus_0_r in Hs. rewrite (near_exact F _ _ Hs (evals_F F _ _ _ H1)). eauto.
    + right. eexists. eapply E_sum; eauto.
  - unfold nonzero in *. cbn [filter]. destruct (live (w, x)) eqn:D.
    + right. destruct IH as [[N ->]|[k E]]; [rewrite N; rewrite Rplus_0_r in Hp; eexists; constructor; auto|eexists;
      eapply E_fma; eauto].
    + unfold live in D. simpl in D. destruct (Req_EM_T (w * x) 0) as [Z|]; [|discriminate]. rewrite Z, Rplus_0_l in Hp.
      rewrite (near_exact F _ _ Hp (evals_F F _ _ _ H)). exact IH.
  - pose proof (Perm_filter live _ _ P) as Q. destruct IH as [[N ->]|[k E]].
    + left. unfold nonzero in *. rewrite N in Q. apply Permutation_nil in Q. auto.
    + right. exists k. eapply E_perm; [exact Q|exact E].
Qed.

(* error in terms of the nonzero terms only *)
Lemma mag_nz l : mag (nonzero l) = mag l.
Proof. unfold nonzero. induction l as [|[w x] t IH]; [reflexivity|]. cbn [filter]. unfold live at 1; cbn [fst snd].
  destruct (Req_EM_T (w * x) 0) as [Z|Z]; simpl; rewrite IH; [rewrite Z, Rabs_R0; lra|lra]. Qed.
Lemma exact_nz l : exact (nonzero l) = exact l.
Proof. unfold nonzero. induction l as [|[w x] t IH]; [reflexivity|]. cbn [filter]. unfold live at 1; cbn [fst snd].
  destruct (Req_EM_T (w * x) 0) as [Z|Z]; simpl; rewrite IH; [rewrite Z; lra|lra]. Qed.
Theorem row_error l v h n : evals F l v h -> (length (nonzero l) <= n)%nat ->
  Rabs (v - exact l) <= g u n * mag l + INR n * eta * (1 + u) ^ n.
Proof.
  intros H Hn. pose proof (mag_pos l) as Pm. pose proof (g_pos u Hu n) as Pg. pose proof (pow_ge1 u Hu n) as Pp.
    pose proof (pos_INR n) as Pn.
  assert (P0 : 0 <= INR n * eta * (1 + u) ^ n) by (apply Rmult_le_pos; [apply Rmult_le_pos; auto|lra]).
  destruct (drop_zeros _ _ _ H) as [[N ->]|[k E]].
  - rewrite <- exact_nz, N. simpl. rewrite Rminus_0_r, Rabs_R0.
    assert (0 <= g u n * mag l) by (apply Rmult_le_pos; auto). lra.
  - pose proof (evals_height _ _ _ E) as Hk. pose proof (any_order F u eta Hu Heta near_err near_sum _ _ _ E) as A.
    rewrite exact_nz, mag_nz in A. eapply Rle_trans; [exact A|].
    assert (K : (1 + u) ^ k <= (1 + u) ^ n) by (apply pow_mono; [auto|lia]). unfold g in *.
    pose proof (le_INR _ _ Hn) as Hn'. pose proof (pos_INR (length (nonzero l))). pose proof (pow_ge1 u Hu k).
    apply Rplus_le_compat; [apply Rmult_le_compat_r; lra|].
    apply Rmult_le_compat; [apply Rmult_le_pos; auto|lra| |exact K]. apply Rmult_le_compat_r; auto.
Qed.

(* a single term that is a float is copied; two such terms make one rounding of their sum: s <- s + r *)
Lemma copy1 l v h : evals F l v h -> forall p, Permutation l [p] -> F (fst p * snd p) -> v = fst p * snd p.
Proof.
  induction 1 as [b Hb | w x v H | l1 l2 v1 v2 h1 h2 v H1 IH1 H2 IH2 Hs | w x l v1 h v H IH Hp | l1 l2 v h P H IH];
    intros p Q Fp.
  - apply Permutation_length_1 in Q. subst p. simpl. ring.
  - apply Permutation_length_1 in Q. subst p. exact (near_exact F _ _ H Fp).
  - apply Permutation_length in Q. rewrite app_length in Q. pose proof (evals_nonempty _ _ _ H1).
    pose proof (evals_nonempty _ _ _ H2). simpl in Q. lia.
  - apply Permutation_length in Q. pose proof (evals_nonempty _ _ _ H). simpl in Q. lia.
  - apply IH; [eapply perm_trans; eauto|auto].
Qed.
Theorem sum2 l v h : evals F l v h -> forall p q, Permutation l [p; q] -> F (fst p * snd p) -> F (fst q * snd q) ->
  near F (fst p * snd p + fst q * snd q) v.
Proof.
  induction 1 as [b Hb | w x v H | l1 l2 v1 v2 h1 h2 v H1 IH1 H2 IH2 Hs | w x l v1 h v H IH Hp | l1 l2 v h P H IH];
    intros p q Q Fp Fq.
  - apply Permutation_length in Q. discriminate.
  - apply Permutation_length in Q. discriminate.
  - pose proof (evals_nonempty _ _ _ H1). pose proof (evals_nonempty _ _ _ H2). pose proof (Permutation_length Q) as LQ.
    rewrite app_length in LQ. simpl in LQ. destruct l1 as [|y1 [|? ?]]; simpl in *; try lia.
      destruct l2 as [|y2 [|? ?]]; simpl in *; try lia.
    apply Permutation_length_2 in Q. destruct Q as [[<- <-]|[<- <-]].
    + rewrite <- (copy1 _ _ _ H1 y1 (Permutation_refl _) Fp), <- (copy1 _ _ _ H2 y2 (Permutation_refl _) Fq). exact Hs.
    + rewrite <- (copy1 _ _ _ H1 y1 (Permutation_refl _) Fq), <- (copy1 _ _ _ H2 y2 (Permutation_refl _) Fp).
      rewrite Rplus_comm. exact Hs.
  - pose proof (evals_nonempty _ _ _ H). pose proof (Permutation_length Q) as LQ. simpl in LQ.
    destruct l as [|y2 [|? ?]]; simpl in *; try lia. apply Permutation_length_2 in Q. destruct Q as [[<- <-]|[<- <-]].
    + rewrite <- (copy1 _ _ _ H y2 (Permutation_refl _) Fq). exact Hp.
    + rewrite <- (copy1 _ _ _ H y2 (Permutation_refl _) Fp). rewrite Rplus_comm. exact Hp.
  - apply IH; auto. eapply perm_trans; eauto.
Qed.
(* one term makes one rounding *)
Lemma near_self e : F e -> near F e e.
Proof. intro Fe. split; [exact Fe|]. intros y _. rewrite Rminus_eq_0, Rabs_R0. apply Rabs_pos. Qed.
Lemma one_term_perm l v h : evals F l v h -> forall p, Permutation l [p] -> near F (fst p * snd p) v.
Proof.
  induction 1 as [b Hb | w x v H | l1 l2 v1 v2 h1 h2 v H1 IH1 H2 IH2 Hs | w x l v1 h v H IH Hp | l1 l2 v h P H IH];
    intros p Q.
  - apply Permutation_length_1 in Q. subst p. cbn [fst snd]. rewrite Rmult_1_r. apply near_self. exact Hb.
  - apply Permutation_length_1 in Q. subst p. exact H.
  - apply Permutation_length in Q. rewrite app_length in Q. pose proof (evals_nonempty _ _ _ H1).
    pose proof (evals_nonempty _ _ _ H2). simpl in Q. lia.
  - apply Permutation_length in Q. pose proof (evals_nonempty _ _ _ H). simpl in Q. lia.
  - apply IH. eapply perm_trans; eauto.
Qed.
Corollary one_term l p v h : evals F l v h -> nonzero l = nonzero [p] -> near F (fst p * snd p) v.
Proof.
  intros H N. destruct p as [w x]. cbn [fst snd].
  assert (X : exact l = w * x) by (rewrite <- exact_nz, N, exact_nz; simpl; ring).
  destruct (drop_zeros _ _ _ H) as [[Z ->]|[k E]].
  - rewrite <- X, <- exact_nz, Z. simpl. apply near_self. exact F0.
  - rewrite N in E. unfold nonzero, live in E; cbn [filter fst snd] in E. destruct (Req_EM_T (w * x) 0).
    + apply evals_nonempty in E. simpl in E. lia.
    + exact (one_term_perm _ _ _ E (w, x) (Permutation_refl _)).
Qed.
Corollary two_terms l p q v h : evals F l v h -> nonzero l = nonzero [p; q] -> F (fst p * snd p) -> F (fst q * snd q) ->
  near F (fst p * snd p + fst q * snd q) v.
Proof.
  intros H N Fp Fq. destruct p as [p1 p2], q as [q1 q2]. cbn [fst snd] in *.
  assert (X : exact l = p1 * p2 + q1 * q2) by (rewrite <- exact_nz, N, exact_nz; simpl; ring).
  destruct (drop_zeros _ _ _ H) as [[Z ->]|[k E]].
  - rewrite <- X, <- exact_nz, Z. simpl. apply near_self. exact F0.
  - rewrite N in E. clear N H. unfold nonzero, live in E; cbn [filter fst snd] in E.
    destruct (Req_EM_T (p1 * p2) 0) as [Zp|Zp], (Req_EM_T (q1 * q2) 0) as [Zq|Zq].
    + apply evals_nonempty in E. simpl in E. lia.
    + rewrite Zp, Rplus_0_l. rewrite (copy1 _ _ _ E (q1, q2) (Permutation_refl _) Fq). apply near_self. exact Fq.
    + rewrite Zq, Rplus_0_r. rewrite (copy1 _ _ _ E (p1, p2) (Permutation_refl _) Fp). apply near_self. exact Fp.
    + exact (sum2 _ _ _ E (p1, p2) (q1, q2) (Permutation_refl _) Fp Fq).
Qed.

(* the register's row: three nonzero terms at most; integers c, i, c + i are floats *)
Theorem step_k_row l k inc lam r v h : evals F l v h -> nonzero l = nonzero [(1, k); (inc, 1); (- lam, r)] ->
  0 <= k -> 0 <= inc -> 0 <= lam -> 0 <= r ->
  Rabs (v - (k + inc - lam * r)) <= g u 3 * (k + inc + lam * r) + 3 * eta * (1 + u) ^ 3 /\
  (forall c, F c -> F inc -> F (c + inc) -> k <= c -> v <= c + inc) /\
  (forall c, F c -> F inc -> F (c + inc) -> r = 0 -> k = c -> v = c + inc).
Proof.
  intros H N Hk Hi Hl Hr. set (l3 := [(1, k); (inc, 1); (- lam, r)]) in *.
  assert (P : 0 <= lam * r) by (apply Rmult_le_pos; auto).
  assert (X : exact l = k + inc - lam * r) by (rewrite <- exact_nz, N, exact_nz; simpl; ring).
  assert (Y : mag l = k + inc + lam * r).
  { rewrite <- mag_nz, N, mag_nz. simpl. rewrite !Rabs_mult, !Rabs_Ropp, (Rabs_right 1), !(Rabs_right k), (Rabs_right
    inc), (Rabs_right lam), (Rabs_right r) by lra. ring. }
  assert (Z : (length (nonzero l) <= 3)%nat).
  { rewrite N. unfold nonzero, l3; cbn [filter]. destruct (live (1, k)), (live (inc, 1)), (live (- lam, r)); simpl; lia. }
  assert (caps : forall c, F c -> F inc -> F (c + inc) -> 0 <= c ->
    forall p : bool, exists cs : list R, cs = (if live (1, k) then [c] else []) ++ (if live (inc, 1)
    then [inc] else []) ++ (if p then [0] else [])
     /\ sums_ok F cs /\ total cs <= c + inc).
  { intros c Fc Fi Fci Pc p. eexists. split; [reflexivity|]. split.
    - intros q Hq.
      assert (V : total q = 0 \/ total q = c \/ total q = inc \/ total q = c + inc).
      { destruct (live (1, k)), (live (inc, 1)), p; simpl in Hq;
        repeat match goal with K : sub _ _ |- _ => inversion K; clear K; subst end; simpl; lra. }
      destruct V as [-> | [-> | [-> | ->]]]; auto.
    - destruct (live (1, k)), (live (inc, 1)), p; simpl; lra. }
  split; [|split].
  - rewrite <- X, <- Y. pose proof (row_error _ _ _ 3 H Z) as R. simpl INR in R.
    replace (1 + 1 + 1) with 3 in R by ring. exact R.
  - intros c Fc Fi Fci Hc. destruct (drop_zeros _ _ _ H) as [[Zn ->]|[h' E]]; [lra|].
    destruct (caps c Fc Fi Fci ltac:(lra) (live (- lam, r))) as [cs [Ecs [Ok Le]]]. eapply Rle_trans; [|exact Le].
    apply (below_caps F _ _ _ E); [|exact Ok]. rewrite N, Ecs. unfold nonzero, l3. cbn [filter].
    destruct (live (1, k)), (live (inc, 1)), (live (- lam, r)); simpl;
      repeat first [apply Forall2_nil | apply Forall2_cons]; simpl; lra.
  - intros c Fc Fi Fci R0 Ek. subst r k.
    assert (Ev : v = exact l); [|rewrite Ev, X; ring].
    destruct (drop_zeros _ _ _ H) as [[Zn ->]|[h' E]]; [rewrite <- exact_nz, Zn; reflexivity|].
    assert (D : live (- lam, 0) = false) by (unfold live; simpl; destruct (Req_EM_T (- lam * 0) 0); [auto|lra]).
    destruct (caps c Fc Fi Fci Hk false) as [cs [Ecs [Ok _]]].
    assert (T : total cs = exact l).
    { rewrite <- exact_nz, N, Ecs. unfold nonzero, l3. cbn [filter]. rewrite D.
      destruct (live (1, c)), (live (inc, 1)); simpl; ring. }
    rewrite <- T. apply Rle_antisym.
    + apply (below_caps F _ _ _ E); [|exact Ok]. rewrite N, Ecs. unfold nonzero, l3. cbn [filter]. rewrite D.
      destruct (live (1, c)), (live (inc, 1)); simpl; repeat first [apply Forall2_nil | apply Forall2_cons]; simpl; lra.
    + apply (above_caps F _ _ _ E); [|exact Ok]. rewrite N, Ecs. unfold nonzero, l3. cbn [filter]. rewrite D.
      destruct (live (1, c)), (live (inc, 1)); simpl; repeat first [apply Forall2_nil | apply Forall2_cons]; simpl; lra.
Qed.
End Rows.
