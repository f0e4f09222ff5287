(* THE FLOAT MODEL. Floats are real numbers in a set F; rounding is a relation, so that ties may go either way and
   another way every time. `evals F terms v h`: v is what a dot product with bias gives in some order of summation
   (any tree of sums), with or without fused multiply-add; h is the height of the tree. F is unbounded above: that
   nothing overflows is a theorem of its own (Overflow.v). What is proven here: the error of any order (`any_order`,
   docs/soundness.md, (a)), and bounds that no rounding can cross (`below_caps`, `above_caps`). *)
From Coq Require Import Reals List Lra Lia Psatz Permutation.
From Flocq Require Import Core.
Import ListNotations.
Open Scope R_scope.

Section Model.
Variable F : R -> Prop.                 (* the floats, unbounded above: overflow is excluded by the checker's range test *)
Hypothesis F0 : F 0.
Variables u eta : R.
Hypothesis Hu : 0 <= u < 1.
Hypothesis Heta : 0 <= eta.
Definition near (e v : R) := Rnd_N_pt F e v.
Hypothesis near_err : forall e v, near e v -> Rabs (v - e) <= u * Rabs e + eta.
Hypothesis near_sum : forall a b v, F a -> F b -> near (a + b) v -> Rabs (v - (a + b)) <= u * Rabs (a + b).

Lemma near_F e v : near e v -> F v.
Proof. intros [H _]; exact H. Qed.
Lemma near_exact e v : near e v -> F e -> v = e.
Proof. apply Rnd_N_pt_idempotent. Qed.
Lemma near_ge e v f : near e v -> F f -> f <= e -> f <= v.
Proof. intros [_ H] Hf Hle. specialize (H f Hf). destruct (Rle_or_lt f v); [lra|].
  rewrite !Rabs_left1 in H by lra. lra. Qed.
Lemma near_le e v f : near e v -> F f -> e <= f -> v <= f.
Proof. intros [_ H] Hf Hle. specialize (H f Hf). destruct (Rle_or_lt v f); [lra|].
  rewrite !Rabs_right in H by lra. lra. Qed.
(* a float nearest to s + r is no farther from it than s *)
Lemma near_twice s r v : F s -> 0 <= r -> near (s + r) v -> v - s <= 2 * r.
Proof. intros Hs Hr [_ H]. specialize (H s Hs). replace (s - (s + r)) with (- r) in H by ring.
  rewrite Rabs_Ropp, (Rabs_right r) in H by lra. apply Rabs_le_inv in H. lra. Qed.

(* any order of summation, fused or not; terms (w, x), the bias is (b, 1) as a leaf without rounding *)
Inductive evals : list (R * R) -> R -> nat -> Prop :=
| E_bias : forall b, F b -> evals [(b, 1)] b 0
| E_prod : forall w x v, near (w * x) v -> evals [(w, x)] v 1
| E_sum : forall l1 l2 v1 v2 h1 h2 v, evals l1 v1 h1 -> evals l2 v2 h2 -> near (v1 + v2) v ->
    evals (l1 ++ l2) v (S (Nat.max h1 h2))
| E_fma : forall w x l v1 h v, evals l v1 h -> near (w * x + v1) v -> evals ((w, x) :: l) v (S h)
| E_perm : forall l1 l2 v h, Permutation l1 l2 -> evals l1 v h -> evals l2 v h.

Lemma evals_F l v h : evals l v h -> F v.
Proof. induction 1; eauto using near_F. Qed.

Fixpoint exact (l : list (R * R)) := match l with [] => 0 | (w, x) :: t => w * x + exact t end.
Fixpoint mag (l : list (R * R)) := match l with [] => 0 | (w, x) :: t => Rabs (w * x) + mag t end.
Lemma exact_app l1 l2 : exact (l1 ++ l2) = exact l1 + exact l2.
Proof. induction l1 as [|[w x] t IH]; simpl; lra. Qed.
Lemma mag_app l1 l2 : mag (l1 ++ l2) = mag l1 + mag l2.
Proof. induction l1 as [|[w x] t IH]; simpl; lra. Qed.
Lemma exact_perm l1 l2 : Permutation l1 l2 -> exact l1 = exact l2.
Proof. induction 1 as [|[w x] a b _ IH|[w x] [w' x'] a|]; simpl; lra. Qed.
Lemma mag_perm l1 l2 : Permutation l1 l2 -> mag l1 = mag l2.
Proof. induction 1 as [|[w x] a b _ IH|[w x] [w' x'] a|]; simpl; lra. Qed.
Lemma mag_pos l : 0 <= mag l.
Proof. induction l as [|[w x] t IH]; simpl; [lra|]. pose proof (Rabs_pos (w * x)). lra. Qed.
Lemma exact_mag l : Rabs (exact l) <= mag l.
Proof. induction l as [|[w x] t IH]; simpl. rewrite Rabs_R0; lra. eapply Rle_trans; [apply Rabs_triang|lra]. Qed.

Definition g (h : nat) := (1 + u) ^ h - 1.
Lemma pow_ge1 h : 1 <= (1 + u) ^ h.
Proof. induction h; simpl; [lra|]. nra. Qed.
Lemma pow_mono a b : (a <= b)%nat -> (1 + u) ^ a <= (1 + u) ^ b.
Proof. intros. apply Rle_pow; lra || lia. Qed.
Lemma g_pos h : 0 <= g h.
Proof. unfold g. pose proof (pow_ge1 h). lra. Qed.

Theorem any_order l v h : evals l v h ->
  Rabs (v - exact l) <= g h * mag l + INR (length l) * eta * (1 + u) ^ h.
Proof.
  induction 1 as [b Hb | w x v H | l1 l2 v1 v2 h1 h2 v H1 IH1 H2 IH2 Hs | w x l v1 h v H IH Hp | l1 l2 v h P H IH];
    unfold g in *.
  - simpl. replace (b - (b * 1 + 0)) with 0 by ring. rewrite Rabs_R0. pose proof (Rabs_pos (b * 1)). nra.
  - apply near_err in H. cbn [exact mag length pow INR]. replace (w * x + 0) with (w * x) by ring.
    pose proof (Rabs_pos (w * x)). nra.
  - rewrite exact_app, mag_app, app_length, plus_INR.
    set (h := Nat.max h1 h2) in *.
    assert (P1 : (1 + u) ^ h1 <= (1 + u) ^ h) by (apply pow_mono; subst h; lia).
    assert (P2 : (1 + u) ^ h2 <= (1 + u) ^ h) by (apply pow_mono; subst h; lia).
    pose proof (pow_ge1 h) as P. pose proof (mag_pos l1) as M1. pose proof (mag_pos l2) as M2.
    pose proof (pos_INR (length l1)) as N1. pose proof (pos_INR (length l2)) as N2.
    apply near_sum in Hs; [|eauto using evals_F|eauto using evals_F].
    set (K := (1 + u) ^ h) in *.
    assert (A1 : Rabs (v1 - exact l1) <= (K - 1) * mag l1 + INR (length l1) * eta * K).
    { eapply Rle_trans; [exact IH1|]. apply Rplus_le_compat.
      - apply Rmult_le_compat_r; lra.
      - apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra]. }
    assert (A2 : Rabs (v2 - exact l2) <= (K - 1) * mag l2 + INR (length l2) * eta * K).
    { eapply Rle_trans; [exact IH2|]. apply Rplus_le_compat.
      - apply Rmult_le_compat_r; lra.
      - apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra]. }
    assert (B : Rabs (v1 + v2) <= mag l1 + mag l2 + Rabs (v1 - exact l1) + Rabs (v2 - exact l2)).
    { replace (v1 + v2) with (exact l1 + exact l2 + (v1 - exact l1) + (v2 - exact l2)) by ring.
      pose proof (exact_mag l1). pose proof (exact_mag l2).
      eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat_r.
      eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat_r.
      eapply Rle_trans; [apply Rabs_triang|]. lra. }
    assert (C : Rabs (v - (exact l1 + exact l2)) <= Rabs (v - (v1 + v2)) + Rabs (v1 - exact l1) + Rabs (v2 - exact l2)).
    { replace (v - (exact l1 + exact l2)) with ((v - (v1 + v2)) + (v1 - exact l1) + (v2 - exact l2)) by ring.
      eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat_r. apply Rabs_triang. }
    cbn [pow].
    set (a1 := Rabs (v1 - exact l1)) in *. set (a2 := Rabs (v2 - exact l2)) in *.
    assert (Q0 : u * Rabs (v1 + v2) <= u * (mag l1 + mag l2 + a1 + a2)) by (apply Rmult_le_compat_l; lra).
    assert (Q1 : (1 + u) * a1 <= (1 + u) * ((K - 1) * mag l1 + INR (length l1) * eta * K)) by (apply Rmult_le_compat_l; lra).
    assert (Q2 : (1 + u) * a2 <= (1 + u) * ((K - 1) * mag l2 + INR (length l2) * eta * K)) by (apply Rmult_le_compat_l; lra).
    set (m1 := mag l1) in *. set (m2 := mag l2) in *. set (n1 := INR (length l1)) in *. set (n2 := INR (length l2)) in *.
    fold K in Q1, Q2. change ((1 + u) ^ h) with K. clearbody K. lra.
  - cbn [exact mag length]. rewrite S_INR.
    pose proof (pow_ge1 h) as P. pose proof (mag_pos l) as M. pose proof (pos_INR (length l)) as N.
    pose proof (Rabs_pos (w * x)) as W. pose proof (exact_mag l) as X.
    apply near_err in Hp. cbn [pow]. set (K := (1 + u) ^ h) in *.
    assert (B : Rabs (w * x + v1) <= Rabs (w * x) + mag l + Rabs (v1 - exact l)).
    { replace (w * x + v1) with (w * x + exact l + (v1 - exact l)) by ring.
      eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat_r. eapply Rle_trans; [apply Rabs_triang|]. lra. }
    assert (C : Rabs (v - (w * x + exact l)) <= Rabs (v - (w * x + v1)) + Rabs (v1 - exact l)).
    { replace (v - (w * x + exact l)) with ((v - (w * x + v1)) + (v1 - exact l)) by ring. apply Rabs_triang. }
    set (a := Rabs (v1 - exact l)) in *.
    assert (u * Rabs (w * x + v1) <= u * (Rabs (w * x) + mag l + a)) by (apply Rmult_le_compat_l; lra).
    assert ((1 + u) * a <= (1 + u) * ((K - 1) * mag l + INR (length l) * eta * K)) by (apply Rmult_le_compat_l; lra).
    assert (0 <= u * Rabs (w * x) * (K - 1)) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|lra]).
    assert (0 <= eta * ((1 + u) * K - 1)) by (apply Rmult_le_pos; nra).
    assert (0 <= Rabs (w * x) * (K - 1)) by (apply Rmult_le_pos; lra). lra.
  - rewrite <- (exact_perm _ _ P), <- (mag_perm _ _ P), <- (Permutation_length P). exact IH.
Qed.

(* SANDWICH: caps per term such that every sub-sum of caps is a float bound the result, in every order.
   With lower = upper cap this gives exactness: copies (1*z + zeros), small integers, the register after an own class. *)
Fixpoint total (c : list R) := match c with [] => 0 | a :: t => a + total t end.
Inductive sub : list R -> list R -> Prop :=
| sub_nil : sub [] []
| sub_skip a s l : sub s l -> sub s (a :: l)
| sub_take a s l : sub s l -> sub (a :: s) (a :: l).
Definition sums_ok (c : list R) := forall s, sub s c -> F (total s).

Lemma total_app a b : total (a ++ b) = total a + total b.
Proof. induction a; simpl; lra. Qed.
Lemma sub_none l : sub [] l.
Proof. induction l; constructor; auto. Qed.
Lemma sub_refl l : sub l l.
Proof. induction l; [constructor|apply sub_take; auto]. Qed.
Lemma sub_app a b c d : sub a c -> sub b d -> sub (a ++ b) (c ++ d).
Proof. induction 1; simpl; intros; [auto|apply sub_skip; auto|apply sub_take; auto]. Qed.
Lemma total_perm a b : Permutation a b -> total a = total b.
Proof. induction 1; simpl; lra. Qed.
Lemma sub_perm c d : Permutation c d -> forall s, sub s d -> exists s', sub s' c /\ total s' = total s.
Proof.
  induction 1 as [|x a b P IH|x y a|a b c P1 IH1 P2 IH2]; intros s Hs.
  - inversion Hs; subst. exists []. split; [constructor|reflexivity].
  - inversion Hs as [|? ? ? H|? s0 ? H]; subst.
    + destruct (IH _ H) as [s' [A B]]. exists s'. split; [apply sub_skip; auto|auto].
    + destruct (IH _ H) as [s' [A B]]. exists (x :: s'). split; [apply sub_take; auto|simpl; lra].
  - inversion Hs as [|? ? ? H|? s0 ? H]; subst; inversion H as [|? ? ? H'|? s1 ? H']; subst.
    + eexists; split; [apply sub_skip, sub_skip; exact H'|lra].
    + eexists; split; [apply sub_take, sub_skip; exact H'|simpl; lra].
    + eexists; split; [apply sub_skip, sub_take; exact H'|simpl; lra].
    + eexists; split; [apply sub_take, sub_take; exact H'|simpl; lra].
  - destruct (IH2 _ Hs) as [s' [A B]]. destruct (IH1 _ A) as [s'' [C D]]. exists s''. split; [auto|lra].
Qed.
Lemma ok_perm c d : Permutation c d -> sums_ok c -> sums_ok d.
Proof. intros P H s Hs. destruct (sub_perm _ _ P _ Hs) as [s' [A B]]. rewrite <- B. auto. Qed.
Lemma ok_total c : sums_ok c -> F (total c).
Proof. intro H. apply H, sub_refl. Qed.

Lemma Forall2_perm {A B : Type} (R : A -> B -> Prop) l1 l2 c : Permutation l1 l2 -> Forall2 R l2 c ->
  exists c', Forall2 R l1 c' /\ Permutation c' c.
Proof.
  intro P. revert c. induction P as [|x a b P IH|x y a|a b d P1 IH1 P2 IH2]; intros c H.
  - inversion H; subst. exists []; split; constructor.
  - inversion H as [|? z ? c0 Hx Ht]; subst. destruct (IH _ Ht) as [c' [A1 A2]]. exists (z :: c'). split; constructor; auto.
  - inversion H as [|? z ? c0 Hx Ht]; subst. inversion Ht as [|? z' ? c1 Hx' Ht']; subst.
    exists (z' :: z :: c1). split; [repeat constructor; auto|apply perm_swap].
  - destruct (IH2 _ H) as [c' [A1 A2]]. destruct (IH1 _ A1) as [c'' [B1 B2]]. exists c''. split; [auto|].
    eapply perm_trans; eauto.
Qed.

Theorem below_caps l v h : evals l v h -> forall c, Forall2 (fun p a => fst p * snd p <= a) l c -> sums_ok c -> v <= total c.
Proof.
  induction 1 as [b Hb | w x v H | l1 l2 v1 v2 h1 h2 v H1 IH1 H2 IH2 Hs | w x l v1 h v H IH Hp | l1 l2 v h P H IH];
    intros c Hc Hok.
  - inversion Hc as [|? a ? c' Ha Ht]; subst. inversion Ht; subst. simpl in *. lra.
  - inversion Hc as [|? a ? c' Ha Ht]; subst. inversion Ht; subst. simpl in *.
    apply near_le with (1 := H); [replace (a + 0) with (total [a]) by reflexivity; apply Hok, sub_refl|lra].
  - apply Forall2_app_inv_l in Hc. destruct Hc as [c1 [c2 [C1 [C2 ->]]]].
    apply near_le with (1 := Hs); [apply ok_total; auto|]. rewrite total_app.
    apply Rplus_le_compat.
    + apply IH1; auto. intros s Hsub. rewrite <- (app_nil_r s). apply Hok. apply sub_app; [auto|apply sub_none].
    + apply IH2; auto. intros s Hsub. apply (Hok ([] ++ s)). apply sub_app; [apply sub_none|auto].
  - inversion Hc as [|? a ? c' Ha Ht]; subst. simpl in *.
    apply near_le with (1 := Hp); [apply (ok_total (a :: c')); auto|].
    apply Rplus_le_compat; [auto|]. apply IH; auto. intros s Hsub. apply Hok. constructor; auto.
  - destruct (Forall2_perm _ _ _ _ P Hc) as [c' [A1 A2]]. rewrite <- (total_perm _ _ A2). apply IH; auto.
    apply ok_perm with (2 := Hok). apply Permutation_sym; auto.
Qed.
Theorem above_caps l v h : evals l v h -> forall c, Forall2 (fun p a => a <= fst p * snd p) l c -> sums_ok c -> total c <= v.
Proof.
  induction 1 as [b Hb | w x v H | l1 l2 v1 v2 h1 h2 v H1 IH1 H2 IH2 Hs | w x l v1 h v H IH Hp | l1 l2 v h P H IH];
    intros c Hc Hok.
  - inversion Hc as [|? a ? c' Ha Ht]; subst. inversion Ht; subst. simpl in *. lra.
  - inversion Hc as [|? a ? c' Ha Ht]; subst. inversion Ht; subst. simpl in *.
    apply near_ge with (1 := H); [replace (a + 0) with (total [a]) by reflexivity; apply Hok, sub_refl|lra].
  - apply Forall2_app_inv_l in Hc. destruct Hc as [c1 [c2 [C1 [C2 ->]]]].
    apply near_ge with (1 := Hs); [apply ok_total; auto|]. rewrite total_app.
    apply Rplus_le_compat.
    + apply IH1; auto. intros s Hsub. rewrite <- (app_nil_r s). apply Hok. apply sub_app; [auto|apply sub_none].
    + apply IH2; auto. intros s Hsub. apply (Hok ([] ++ s)). apply sub_app; [apply sub_none|auto].
  - inversion Hc as [|? a ? c' Ha Ht]; subst. simpl in *.
    apply near_ge with (1 := Hp); [apply (ok_total (a :: c')); auto|].
    apply Rplus_le_compat; [auto|]. apply IH; auto. intros s Hsub. apply Hok. constructor; auto.
  - destruct (Forall2_perm _ _ _ _ P Hc) as [c' [A1 A2]]. rewrite <- (total_perm _ _ A2). apply IH; auto.
    apply ok_perm with (2 := Hok). apply Permutation_sym; auto.
Qed.
End Model.

(* the terms whose product is not 0 *)
Definition live (p : R * R) := if Req_EM_T (fst p * snd p) 0 then false else true.
Definition nonzero := filter live.


