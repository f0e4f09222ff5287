(* SUMS. The units of a regenerated network: which of their terms count, and what those of a copy, of s and of k give.
   *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Permutation.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Rows Claim Form.
Import ListNotations.
Open Scope R_scope.

Lemma combine_app {A B : Type} (a : list A) (c : list B) b d : length a = length c ->
  combine (a ++ b) (c ++ d) = combine a c ++ combine b d.
Proof. revert c; induction a as [|x a IH]; intros [|y c] H; simpl in *; try discriminate; [reflexivity|].
  rewrite IH by lia. reflexivity. Qed.
Lemma nonzero_app a b : nonzero (a ++ b) = nonzero a ++ nonzero b.
Proof. apply filter_app. Qed.
Lemma nonzero_twice a : nonzero (nonzero a) = nonzero a.
Proof. unfold nonzero. induction a as [|x a IH]; simpl; [reflexivity|].
  destruct (live x) eqn:E; simpl; [rewrite E, IH|]; auto. Qed.
Lemma dead w x l : w * x = 0 -> nonzero ((w, x) :: l) = nonzero l.
Proof. intro H. unfold nonzero, live. simpl. destruct (Req_EM_T (w * x) 0); [reflexivity|contradiction]. Qed.

Section Sums.
Variables emin prec : Z.
Hypothesis Hp : (1 < prec)%Z.
Hypothesis Hm : (emin <= 0)%Z.
Notation F := (float emin prec).
Notation wt := (weight emin).
Notation sums := (sums emin prec).
Definition one := (2 ^ (1 - emin))%Z.
Notation u := (unit prec).
Notation eta := (tiny emin).
Definition F0 := float_0 emin prec Hp.
Definition u_range := unit_range prec Hp.
Lemma eta0 : 0 <= eta. Proof. left. apply tiny_pos. Qed.
Definition nerr := near_err emin prec Hp.
Definition nsum := near_sum emin prec Hp.

Lemma one_pos : (0 < one)%Z.
Proof. unfold one. apply Z.pow_pos_nonneg; lia. Qed.
Lemma weight_one : wt one = 1.
Proof.
  unfold weight, one, tiny. change 2%Z with (radix_val radix2) at 1. rewrite IZR_Zpower by lia.
  replace (1 - emin)%Z with (1 + - emin)%Z by ring. rewrite bpow_plus.
  replace (bpow radix2 1 * bpow radix2 (- emin) * (/ 2 * bpow radix2 emin))
    with (/ 2 * bpow radix2 1 * (bpow radix2 (- emin) * bpow radix2 emin)) by ring.
  rewrite <- bpow_plus. replace (- emin + emin)%Z with 0%Z by ring. simpl. lra.
Qed.
Lemma weight_0 : wt 0 = 0. Proof. unfold weight. ring. Qed.
Lemma weight_opp n : wt (- n) = - wt n. Proof. unfold weight. rewrite opp_IZR. ring. Qed.
Lemma weight_mul n k : wt (n * k) = IZR n * wt k. Proof. unfold weight. rewrite mult_IZR. ring. Qed.
Lemma weight_int n : wt (n * one) = IZR n. Proof. rewrite weight_mul, weight_one. ring. Qed.

Lemma sums_F ts s : sums ts s -> F s.
Proof. intros [l [h [_ H]]]. eapply evals_F; eauto. Qed.
Lemma sums_nonzero ts ts' s : nonzero ts = nonzero ts' -> sums ts s -> sums ts' s.
Proof. intros E [l [h [N H]]]. exists l, h. rewrite N, E. auto. Qed.
Lemma sums_perm ts ts' s : Permutation ts ts' -> sums ts s -> sums ts' s.
Proof.
  intros P [l [h [N H]]]. pose proof (Perm_filter live _ _ P) as Q. fold (nonzero ts) (nonzero ts') in Q.
  destruct (drop_zeros F F0 l s h H) as [[Z ->]|[h' E]].
  - rewrite N in Z. rewrite Z in Q. apply Permutation_nil in Q. exists [(0, 1)], 0%nat. split; [|constructor; exact F0].
    rewrite Q. rewrite dead by ring. reflexivity.
  - rewrite N in E. exists (nonzero ts'), h'. split; [apply nonzero_twice|]. eapply E_perm; eauto.
Qed.

Lemma zeros n v : nonzero (combine (map wt (repeat 0%Z n)) v) = [].
Proof. revert v; induction n as [|n IH]; intros [|x v]; cbn [repeat map combine]; auto.
  rewrite dead by (rewrite weight_0; ring). apply IH. Qed.
Lemma e_row_terms z l : (l < length z)%nat ->
  nonzero (combine (map wt (e_row one (length z) l)) z) = nonzero [(1, nth l z 0)].
Proof.
  unfold e_row. revert l. induction z as [|x z IH]; intros l H; [simpl in H; lia|].
    destruct l as [|l]; cbn [length repeat app nth Nat.sub map combine].
  - rewrite weight_one, Nat.sub_0_r.
    pose proof (zeros (length z) z) as Z0. unfold nonzero in *. cbn [filter]. rewrite Z0. reflexivity.
  - rewrite dead by (rewrite weight_0; ring). apply IH. simpl in H. lia.
Qed.
Lemma e_row_length m l : (l < m)%nat -> length (e_row one m l) = m.
Proof. intro H. unfold e_row. rewrite app_length. cbn [length]. rewrite !repeat_length. lia. Qed.

Lemma sums_copy ts a s : nonzero ts = nonzero [(1, a)] -> F a -> sums ts s -> s = a.
Proof.
  intros N Fa [l [h [Nl H]]]. rewrite N in Nl. destruct (drop_zeros F F0 _ _ _ H) as [[Z ->]|[h' E]].
  - assert (X : exact l = a) by (rewrite <- exact_nz, Nl, exact_nz; simpl; ring). rewrite <- exact_nz, Z in X.
    simpl in X. lra.
  - rewrite Nl in E. clear - E Fa. unfold nonzero, live in E; cbn [filter fst snd] in E.
    destruct (Req_EM_T (1 * a) 0).
    + apply evals_nonempty in E. simpl in E. lia.
    + pose proof (copy1 F _ _ _ E (1, a) (Permutation_refl _)) as C. simpl in C. rewrite Rmult_1_l in C. auto.
Qed.
Lemma sums_one ts p s : nonzero ts = nonzero [p] -> sums ts s -> near F (fst p * snd p) s.
Proof. intros N [l [h [Nl H]]]. rewrite N in Nl. eapply (one_term F F0); eauto. Qed.
Lemma sums_two ts p q s : nonzero ts = nonzero [p; q] -> F (fst p * snd p) -> F (fst q * snd q) -> sums ts s ->
  near F (fst p * snd p + fst q * snd q) s.
Proof. intros N Fp Fq [l [h [Nl H]]]. rewrite N in Nl. eapply (two_terms F F0); eauto. Qed.
Lemma sums_error ts s n : sums ts s -> (length (nonzero ts) <= n)%nat ->
  Rabs (s - exact ts) <= g u n * mag ts + INR n * eta * (1 + u) ^ n.
Proof.
  intros [l [h [Nl H]]] Hn. rewrite <- Nl in Hn.
  pose proof (row_error F F0 u eta u_range eta0 nerr nsum _ _ _ n H Hn) as E.
  rewrite <- (exact_nz l), <- (mag_nz l), Nl, exact_nz, mag_nz in E. exact E.
Qed.

(* the first m units of a layer copy *)
Lemma copied (P : row -> R -> Prop) f z : forall a z', Forall2 P (map f (seq a (length z))) z' ->
  (forall l y, (l < length z)%nat -> P (f (a + l)%nat) y -> y = nth l z 0) -> z' = z.
Proof.
  induction z as [|x z IH]; intros a z' H K; simpl in H; inversion H as [|? y ? z1 H1 H2]; subst; [reflexivity|]. f_equal.
  - apply (K 0%nat); [simpl; lia|]. rewrite Nat.add_0_r. exact H1.
  - apply (IH (S a)); [exact H2|]. intros l y' Hl Py. apply (K (S l)); [simpl; lia|]. rewrite Nat.add_succ_r. exact Py.
Qed.
Lemma copies_copy z xs extra tail v' : Forall F z -> Forall (Rle 0) z ->
  after emin prec (copies one (length z) extra ++ tail) (z ++ xs) v' ->
  exists rest, v' = z ++ rest /\ after emin prec tail (z ++ xs) rest.
Proof.
  intros Fz Pz H. apply Forall2_app_inv_l in H. destruct H as [z' [rest [H1 [H2 ->]]]]. exists rest.
    split; [f_equal|exact H2].
  unfold copies in H1. apply copied in H1; [exact H1|]. clear H1 H2. intros l y Hl [s [Hs ->]]. simpl in Hs.
  assert (In (nth l z 0) z) by (apply nth_In; exact Hl). rewrite Forall_forall in Fz, Pz.
  assert (s = nth l z 0); [|subst s; apply Rmax_right; auto].
  eapply sums_copy; [|apply Fz; assumption|exact Hs]. unfold terms. cbn [fst snd].
  rewrite map_app, combine_app by (rewrite map_length; apply e_row_length; exact Hl).
  rewrite !nonzero_app, e_row_terms by exact Hl. rewrite zeros. rewrite (dead (wt 0)) by (rewrite weight_0; ring).
  change (nonzero []) with (@nil (R * R)). rewrite !app_nil_r. reflexivity.
Qed.
End Sums.
