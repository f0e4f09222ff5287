(* GRAM. |T^T h|^2 <= rho |h|^2 for every h, where rho bounds the absolute row sums of T T^T (Schur's test). First,
   sums over lists. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool.
From Logwidth Require Import Vectors Margin.
Import ListNotations.
Open Scope R_scope.

Section Sums.
Context {A C : Type}.
Definition sumf {A : Type} (f : A -> R) (l : list A) := fold_right (fun x s => f x + s) 0 l.
Lemma sumf_le (f h : A -> R) l : (forall x, In x l -> f x <= h x) -> sumf f l <= sumf h l.
Proof. induction l as [|x l IH]; simpl; intro H; [lra|]. pose proof (H x (or_introl eq_refl)).
  specialize (IH (fun y Hy => H y (or_intror Hy))). lra. Qed.
Lemma sumf_ext (f h : A -> R) l : (forall x, In x l -> f x = h x) -> sumf f l = sumf h l.
Proof. induction l as [|x l IH]; simpl; intro H; [lra|]. rewrite (H x), IH by auto. lra. Qed.
Lemma sumf_plus (f h : A -> R) l : sumf (fun x => f x + h x) l = sumf f l + sumf h l.
Proof. induction l; simpl; [lra|]. rewrite IHl. lra. Qed.
Lemma sumf_scale c (f : A -> R) l : sumf (fun x => c * f x) l = c * sumf f l.
Proof. induction l; simpl; [lra|]. rewrite IHl. lra. Qed.
Lemma sumf_zero (l : list A) : sumf (fun _ => 0) l = 0.
Proof. induction l; simpl; lra. Qed.
Lemma sumf_map (g : C -> A) (f : A -> R) l : sumf f (map g l) = sumf (fun x => f (g x)) l.
Proof. induction l; simpl; [lra|]. rewrite IHl. lra. Qed.
End Sums.
Lemma sumf_swap {A C : Type} (f : A -> C -> R) l m : sumf (fun x => sumf (f x) m)
  l = sumf (fun y => sumf (fun x => f x y) l) m.
Proof. induction l as [|x l IH]; simpl; [rewrite sumf_zero; auto|]. rewrite IH, <- sumf_plus. reflexivity. Qed.

Section Schur.
Variables (d : nat) (T : list (list R)).
Hypothesis HT : Forall (fun row => length row = d) T.
Lemma tr_dot h v : dot (transpose_apply d T h) v = sumf (fun p => snd p * dot (fst p) v) (combine T h).
Proof.
  revert h. induction HT as [|row T' Hr HT' IH]; intros h; simpl; [apply dot_zero|].
  destruct h as [|c h]; simpl; [apply dot_zero|]. rewrite dot_vadd, dot_scale, IH; auto.
  rewrite length_scale, Hr. symmetry. apply length_tr. auto.
Qed.
Theorem schur rho h : length h = length T -> (forall p, In p T -> sumf (fun q => Rabs (dot q p)) T <= rho) ->
  dot (transpose_apply d T h) (transpose_apply d T h) <= rho * dot h h.
Proof.
  intros Lh Hrho. set (L := combine T h).
  assert (Q : dot (transpose_apply d T h) (transpose_apply d T h)
    = sumf (fun p => sumf (fun q => snd p * snd q * dot (fst q) (fst p)) L) L).
  { rewrite tr_dot. fold L. apply sumf_ext. intros p _. rewrite dot_comm, tr_dot. fold L. rewrite <- sumf_scale.
    apply sumf_ext. intros q _. ring. }
  assert (HH : dot h h = sumf (fun p => snd p * snd p) L).
  { unfold L. clear - Lh. revert h Lh. induction T as [|row T' IH]; intros [|c h] Lh; simpl in *; try discriminate;
    auto. rewrite IH by lia. auto. }
  assert (FT : map fst L = T).
  { unfold L. clear - Lh. revert h Lh. induction T as [|row T' IH]; intros [|c h] Lh; simpl in *; try discriminate;
    auto. rewrite IH by lia. auto. }
  rewrite Q. eapply Rle_trans.
  - apply sumf_le. intros p _. apply sumf_le. intros q _.
    instantiate (1 := fun q => / 2 * (snd p * snd p * Rabs (dot (fst q) (fst p)))
      + / 2 * (snd q * snd q * Rabs (dot (fst q) (fst p)))). cbv beta.
    set (k := dot (fst q) (fst p)). set (x := snd p). set (y := snd q).
    pose proof (Rle_0_sqr (x - y)) as S1. pose proof (Rle_0_sqr (x + y)) as S2. unfold Rsqr in *.
    unfold Rabs. destruct (Rcase_abs k); nra.
  - assert (half : forall p, In p L -> sumf (fun q => Rabs (dot (fst q) (fst p))) L <= rho).
    { intros p Hp. rewrite <- (sumf_map fst (fun q => Rabs (dot q (fst p)))), FT. apply Hrho. rewrite <- FT.
      apply in_map; auto. }
    assert (one : sumf (fun p => sumf (fun q => / 2 * (snd p * snd p * Rabs (dot (fst q) (fst p)))) L)
      L <= / 2 * (rho * dot h h)).
    { rewrite HH, <- !sumf_scale. apply sumf_le. intros p Hp. rewrite sumf_scale, sumf_scale.
      pose proof (half p Hp). pose proof (Rle_0_sqr (snd p)) as S1. unfold Rsqr in S1. nra. }
    assert (two : sumf (fun p => sumf (fun q => / 2 * (snd q * snd q * Rabs (dot (fst q) (fst p)))) L)
      L <= / 2 * (rho * dot h h)).
    { rewrite sumf_swap. eapply Rle_trans; [|exact one]. right. apply sumf_ext. intros q _. apply sumf_ext. intros p _.
      rewrite (dot_comm (fst q)). auto. }
    eapply Rle_trans; [|instantiate (1 := / 2 * (rho * dot h h) + / 2 * (rho * dot h h)); lra].
    rewrite <- (Rplus_0_r (sumf _ L)). eapply Rle_trans; [|apply Rplus_le_compat; [exact one|exact two]].
      rewrite <- sumf_plus, Rplus_0_r. right.
    apply sumf_ext. intros p _. rewrite sumf_plus. auto.
Qed.
End Schur.

