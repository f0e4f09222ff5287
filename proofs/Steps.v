(* STEPS. What a run of a regenerated network is, layer by layer: z is copied, and (s, r, k) moves as `second_step`,
   `middle_step` and `last_step` say, each value being some sum in any order of the terms that count. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Permutation.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Rows Claim Form Sums.
Import ListNotations.
Open Scope R_scope.

Section Steps.
Variables emin prec : Z.
Hypothesis Hp : (1 < prec)%Z.
Hypothesis Hm : (emin <= 0)%Z.
Notation F := (float emin prec).
Notation wt := (weight emin).
Notation sums := (sums emin prec).
Notation one := (one emin).
Notation after := (after emin prec).
Notation after_all := (after_all emin prec).
Variable z : list R.
Notation m := (length z).
Hypothesis Fz : Forall F z.
Hypothesis Pz : Forall (Rle 0) z.

Definition state := (R * R * R)%type.
Definition units (st : state) := let '(s, r, k) := st in [s; r; k].
Definition floats (st : state) := let '(s, r, k) := st in F s /\ F r.
Definition relu_of (P : R -> Prop) y := exists v, P v /\ y = Rmax 0 v.
Definition score_terms md := combine (map wt (m_w md)) z.
Definition middle_step (md : middle) (st st' : state) := let '(s, r, k) := st in let '(s', r', k') := st' in
  relu_of (near F (s + r)) s' /\
  relu_of (sums (score_terms md ++ [(-1, s); (-1, r); (wt (m_b md), 1)])) r' /\
  relu_of (sums [(1, k); (IZR (m_inc md), 1); (- wt (m_rate md), r)]) k'.
Definition second_step slope (md : middle) q (st : state) := let '(s, r, k) := st in
  relu_of (sums [(wt slope, q)]) s /\
  relu_of (sums (score_terms md ++ [(- wt slope, q); (wt (m_b md), 1)])) r /\
  relu_of (sums [(1, 0); (IZR (m_inc md), 1); (- wt (m_rate md), q)]) k.
Definition last_step rate inc (st : state) k' := let '(s, r, k) := st in
  relu_of (sums [(1, k); (IZR inc, 1); (- wt rate, r)]) k'.

Lemma wt1 : wt one = 1. Proof. apply weight_one; assumption. Qed.
Lemma relu_F P y : relu_of P y -> (forall v, P v -> F v) -> F y.
Proof. intros [v [H ->]] K. unfold Rmax. destruct (Rle_dec 0 v); [auto|apply (F0 emin prec Hp)]. Qed.
Lemma relu_mono (P Q : R -> Prop) y : relu_of P y -> (forall v, P v -> Q v) -> relu_of Q y.
Proof. intros [v [H ->]] K. exists v. auto. Qed.
Lemma terms_z w x b xs : length w = m ->
  terms emin (w ++ x, b) (z ++ xs) = combine (map wt w) z ++ combine (map wt x) xs ++ [(wt b, 1)].
Proof. intro Lw. unfold terms. cbn [fst snd]. rewrite map_app, combine_app by (rewrite map_length; exact Lw).
  rewrite app_assoc. reflexivity. Qed.
Lemma terms_0 x b xs : nonzero (terms emin (repeat 0%Z m ++ x, b) (z ++ xs)) = nonzero (combine (map wt x)
  xs ++ [(wt b, 1)]).
Proof. rewrite terms_z by apply repeat_length. rewrite nonzero_app, zeros by assumption. reflexivity. Qed.

Lemma unfold_relu (t : row) v y : (exists s, sums (terms emin t v) s /\ y = Rmax 0 s) -> relu_of (sums (terms emin t v)) y.
Proof. auto. Qed.

Lemma middle_after md s r k v' : length (m_w md) = m -> F s -> F r -> after (middle_layer one m md) (z ++ [s; r; k]) v' ->
  exists st', v' = z ++ units st' /\ floats st' /\ middle_step md (s, r, k) st'.
Proof.
  intros Lw Fs Fr H. unfold middle_layer in H. apply (copies_copy emin prec Hp Hm) in H; [|assumption|assumption].
  destruct H as [rest [-> H]].
  inversion H as [|? s' ? l1 Hs H1]; subst. inversion H1 as [|? r' ? l2 Hr H2]; subst.
    inversion H2 as [|? k' ? l3 Hk H3]; subst.
  inversion H3; subst. clear H H1 H2 H3. exists (s', r', k'). apply unfold_relu in Hs. apply unfold_relu in Hr.
    apply unfold_relu in Hk.
  assert (Hs' : relu_of (near F (s + r)) s').
  { eapply relu_mono; [exact Hs|]. intros v Hv. replace (s + r) with (1 * s + 1 * r) by ring.
    apply (sums_two emin prec Hp _ (1, s) (1, r) v) with (4 := Hv); cbn [fst snd]; try (rewrite Rmult_1_l; assumption).
    rewrite terms_0. cbn [map combine app]. rewrite wt1, weight_0. unfold nonzero, live. cbn [filter fst snd].
    destruct (Req_EM_T (0 * k) 0); [|lra]. destruct (Req_EM_T (0 * 1) 0); [|lra]. reflexivity. }
  assert (Hr' : relu_of (sums (score_terms md ++ [(-1, s); (-1, r); (wt (m_b md), 1)])) r').
  { eapply relu_mono; [exact Hr|]. intros v Hv. eapply sums_nonzero; [|exact Hv]. rewrite terms_z by exact Lw.
    cbn [map combine app]. rewrite !nonzero_app. f_equal. rewrite weight_opp, wt1, weight_0.
    replace (- (1)) with (-1) by lra. unfold nonzero, live. cbn [filter fst snd].
      destruct (Req_EM_T (0 * k) 0); [|lra]. reflexivity. }
  assert (Hk' : relu_of (sums [(1, k); (IZR (m_inc md), 1); (- wt (m_rate md), r)]) k').
  { eapply relu_mono; [exact Hk|]. intros v Hv.
    apply (sums_perm emin prec Hp [(- wt (m_rate md), r); (1, k); (IZR (m_inc md), 1)]).
    { eapply perm_trans; [apply perm_swap|]. apply perm_skip. apply perm_swap. }
    eapply sums_nonzero; [|exact Hv]. rewrite terms_0. cbn [map combine app].
    rewrite weight_opp, wt1, weight_0, weight_int by assumption. rewrite dead by ring. reflexivity. }
  split; [reflexivity|]. split; [|split; auto].
  split; [apply (relu_F _ _ Hs'); intros v Hv; eapply near_F; eauto|apply (relu_F _ _ Hr'); intros v Hv; eapply sums_F;
    eauto].
Qed.

Lemma second_after slope md q v' : length (m_w md) = m -> after (second_layer one m slope md) (z ++ [q]) v' ->
  exists st', v' = z ++ units st' /\ floats st' /\ second_step slope md q st'.
Proof.
  intros Lw H. unfold second_layer in H. apply (copies_copy emin prec Hp Hm) in H; [|assumption|assumption].
  destruct H as [rest [-> H]].
  inversion H as [|? s' ? l1 Hs H1]; subst. inversion H1 as [|? r' ? l2 Hr H2]; subst.
    inversion H2 as [|? k' ? l3 Hk H3]; subst.
  inversion H3; subst. clear H H1 H2 H3. exists (s', r', k'). apply unfold_relu in Hs. apply unfold_relu in Hr.
    apply unfold_relu in Hk.
  assert (Hs' : relu_of (sums [(wt slope, q)]) s').
  { eapply relu_mono; [exact Hs|]. intros v Hv. eapply sums_nonzero; [|exact Hv]. rewrite terms_0. cbn [map combine app].
    rewrite weight_0. unfold nonzero, live. cbn [filter fst snd]. destruct (Req_EM_T (0 * 1) 0); [|lra]. reflexivity. }
  assert (Hr' : relu_of (sums (score_terms md ++ [(- wt slope, q); (wt (m_b md), 1)])) r').
  { eapply relu_mono; [exact Hr|]. intros v Hv. eapply sums_nonzero; [|exact Hv]. rewrite terms_z by exact Lw.
    cbn [map combine app]. rewrite weight_opp. reflexivity. }
  assert (Hk' : relu_of (sums [(1, 0); (IZR (m_inc md), 1); (- wt (m_rate md), q)]) k').
  { eapply relu_mono; [exact Hk|]. intros v Hv.
    apply (sums_perm emin prec Hp [(- wt (m_rate md), q); (1, 0); (IZR (m_inc md), 1)]).
    { eapply perm_trans; [apply perm_swap|]. apply perm_skip. apply perm_swap. }
    eapply sums_nonzero; [|exact Hv]. rewrite terms_0. cbn [map combine app].
    rewrite weight_opp, weight_int by assumption. unfold nonzero, live. cbn [filter fst snd].
      destruct (Req_EM_T (1 * 0) 0); [|lra]. reflexivity. }
  split; [reflexivity|]. split; [|split; auto].
  split; [apply (relu_F _ _ Hs')|apply (relu_F _ _ Hr')]; intros v Hv; eapply sums_F; eauto.
Qed.

Lemma last_after rate inc s r k v' : after (last_layer one m rate inc) (z ++ [s; r; k]) v' ->
  exists k', v' = [k'] /\ last_step rate inc (s, r, k) k'.
Proof.
  intro H. inversion H as [|? k' ? l1 Hk H1]; subst. inversion H1; subst. exists k'. split; [reflexivity|].
    apply unfold_relu in Hk.
  eapply relu_mono; [exact Hk|]. intros v Hv.
  apply (sums_perm emin prec Hp [(- wt rate, r); (1, k); (IZR inc, 1)]).
  { eapply perm_trans; [apply perm_swap|]. apply perm_skip. apply perm_swap. }
  eapply sums_nonzero; [|exact Hv]. rewrite terms_0. cbn [map combine app].
  rewrite weight_opp, wt1, weight_0, weight_int by assumption. rewrite dead by ring. reflexivity.
Qed.

Definition no_middle := {| m_w := []; m_b := 0; m_rate := 0; m_inc := 0 |}.
Lemma run_middles mds : Forall (fun md => length (m_w md) = m) mds -> forall st v', floats st ->
  after_all (map (middle_layer one m) mds) (z ++ units st) v' ->
  exists sigma : nat -> state, sigma 0%nat = st /\ v' = z ++ units (sigma (length mds)) /\
    (forall t, (t <= length mds)%nat -> floats (sigma t)) /\
    forall t, (t < length mds)%nat -> middle_step (nth t mds no_middle) (sigma t) (sigma (S t)).
Proof.
  induction 1 as [|md mds Hd Hds IH]; intros st v' Fst H.
  - simpl in H. exists (fun _ => st). repeat split; auto. intros t Ht. simpl in Ht. lia.
  - simpl in H. destruct H as [v1 [H1 H2]]. destruct st as [[s r] k]. destruct Fst as [Fs Fr].
    destruct (middle_after md s r k v1 Hd Fs Fr H1) as [st1 [-> [Fst1 M1]]].
    destruct (IH st1 v' Fst1 H2) as [sigma [S0 [Sv [SF SS]]]].
    exists (fun t => match t with O => (s, r, k) | S t' => sigma t' end). cbn [length]. repeat split; auto.
    + intros [|t] Ht; [split; auto|apply SF; lia].
    + intros [|t] Ht; [rewrite S0; exact M1|apply SS; lia].
Qed.

(* the same, stopping on the way *)
Lemma run_middles_at m1 m2 : Forall (fun md => length (m_w md) = m) (m1 ++ m2) -> forall st v v', floats st ->
  after_all (map (middle_layer one m) m1) (z ++ units st) v -> after_all (map (middle_layer one m) m2) v v' ->
  exists sigma : nat -> state, sigma 0%nat = st /\ v = z ++ units (sigma (length m1)) /\
    v' = z ++ units (sigma (length (m1 ++ m2))) /\
    (forall t, (t <= length (m1 ++ m2))%nat -> floats (sigma t)) /\
    forall t, (t < length (m1 ++ m2))%nat -> middle_step (nth t (m1 ++ m2) no_middle) (sigma t) (sigma (S t)).
Proof.
  induction m1 as [|md m1 IH]; intros Hl st v v' Fst H1 H2.
  - simpl in H1. subst v. destruct (run_middles m2 Hl st v' Fst H2) as [sigma [S0 [Sv [SF SS]]]]. exists sigma.
    cbn [app length]. rewrite S0. auto.
  - simpl in H1. destruct H1 as [v1 [H1 H1']]. destruct st as [[s r] k]. destruct Fst as [Fs Fr].
    inversion Hl as [|? ? Hd Hds]; subst.
    destruct (middle_after md s r k v1 Hd Fs Fr H1) as [st1 [-> [Fst1 M1]]].
    destruct (IH Hds st1 v v' Fst1 H1' H2) as [sigma [S0 [Sv [Sv' [SF SS]]]]].
    exists (fun t => match t with O => (s, r, k) | S t' => sigma t' end). cbn [length app]. repeat split; auto.
    + intros [|t] Ht; [split; auto|apply SF; lia].
    + intros [|t] Ht; [rewrite S0; exact M1|apply SS; lia].
Qed.

Lemma after_all_app L1 L2 v v' : after_all (L1 ++ L2) v v' -> exists v1, after_all L1 v v1 /\ after_all L2 v1 v'.
Proof.
  revert v. induction L1 as [|L L1 IH]; intros v H; [exists v; split; [reflexivity|exact H]|].
  destruct H as [v1 [H1 H2]]. destruct (IH _ H2) as [v2 [H3 H4]]. exists v2. split; [exists v1; auto|exact H4].
Qed.

(* the network behind its first layer *)
Theorem run_steps f q v : m_of f = m -> length (m_w (f_second f)) = m ->
  Forall (fun md => length (m_w md) = m) (f_middles f) ->
  after_all (tl (hidden (regenerate one f))) (z ++ [q]) v ->
  exists sigma k', v = [k'] /\ second_step (f_slope f) (f_second f) q (sigma 0%nat) /\
    (forall t, (t <= length (f_middles f))%nat -> floats (sigma t)) /\
    (forall t, (t < length (f_middles f))%nat -> middle_step (nth t (f_middles f) no_middle) (sigma t) (sigma (S t))) /\
    last_step (f_rate f) (f_inc f) (sigma (length (f_middles f))) k'.
Proof.
  intros Ef L2 Ls H. cbn [regenerate hidden tl] in H. rewrite Ef in H. destruct H as [v2 [H2 H]].
  destruct (second_after _ _ _ _ L2 H2) as [st [-> [Fst S2]]]. apply after_all_app in H. destruct H as [v3 [H3 H4]].
  destruct (run_middles _ Ls st v3 Fst H3) as [sigma [S0 [-> [SF SS]]]].
  destruct H4 as [v4 [H4 E]]. simpl in E. subst v4. destruct (sigma (length (f_middles f))) as [[s r] k] eqn:Es.
  destruct (last_after _ _ _ _ _ _ H4) as [k' [-> K]]. exists sigma, k'. rewrite S0, Es. auto.
Qed.
End Steps.
