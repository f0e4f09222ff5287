(* CLOSE. Scores at coordinates that are known up to an error, and sums of increments along a list. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith.
From Logwidth Require Import Vectors Model Register.
Import ListNotations.
Open Scope R_scope.

Lemma filter_length_le' {A : Type} (f : A -> bool) l : (length (filter f l) <= length l)%nat.
Proof. induction l as [|x l IH]; simpl; [lia|]. destruct (f x); simpl; lia. Qed.

(* ---- scores at computed and at exact coordinates ---- *)
Definition close (z Z e : list R) := Forall2 (fun p b => Rabs (fst p - snd p) <= b) (combine z Z) e.
Lemma dot_close w : forall z Z e, length z = length Z -> close z Z e -> Rabs (dot w z - dot w Z) <= dot (map Rabs w) e.
Proof.
  induction w as [|c w IH]; intros z Z e L H; simpl; [rewrite Rminus_0_r, Rabs_R0; lra|].
  destruct z as [|x z], Z as [|y Z]; simpl in L; try discriminate.
  - inversion H; subst. rewrite Rminus_0_r, Rabs_R0. lra.
  - inversion H as [|? b ? e' H1 H2]; subst. simpl in *. specialize (IH z Z e' ltac:(lia) H2).
    replace (c * x + dot w z - (c * y + dot w Z)) with (c * (x - y) + (dot w z - dot w Z)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat; [|exact IH]. rewrite Rabs_mult.
    apply Rmult_le_compat_l; [apply Rabs_pos|exact H1].
Qed.
Lemma exact_combine w : forall z, exact (combine w z) = dot w z.
Proof. induction w as [|c w IH]; intros [|x z]; simpl; auto. rewrite IH. reflexivity. Qed.
Lemma mag_combine w : forall z top, Forall2 (fun x M => Rabs x <= M) z top -> mag (combine w z) <= dot (map Rabs w) top.
Proof.
  induction w as [|c w IH]; intros z top H; simpl; [lra|]. inversion H as [|x M z' top' H1 H2]; subst; simpl; [lra|].
  rewrite Rabs_mult. apply Rplus_le_compat; [|apply IH; exact H2]. apply Rmult_le_compat_l; [apply Rabs_pos|exact H1].
Qed.


(* ---- increments: inc_t is the t-th entry of a list of integers ---- *)
Definition zsum := fold_right Z.add 0%Z.
Lemma zsum_skipn k l : zsum (skipn k l) = (nth k l 0 + zsum (skipn (S k) l))%Z.
Proof. revert l; induction k as [|k IH]; intros [|x l]; cbn [skipn nth]; try reflexivity. rewrite IH. reflexivity. Qed.
Lemma isum_list l n : forall i, isum (fun t => IZR (nth t l 0%Z)) n i = IZR (zsum (firstn n (skipn (S i) l))).
Proof.
  induction n as [|n IH]; intro i; [reflexivity|]. cbn [isum]. rewrite IH, <- plus_IZR. f_equal.
  clear. revert i. induction l as [|x l IH]; intro i; [destruct n, i; reflexivity|].
  destruct i as [|i]; [|exact (IH i)]. cbn [nth skipn]. destruct l as [|y l]; [destruct n; reflexivity|reflexivity].
Qed.
Lemma zsum_nonneg l : Forall (fun n => (0 <= n)%Z) l -> (0 <= zsum l)%Z.
Proof. induction 1; simpl; lia. Qed.
Lemma zsum_firstn n l : Forall (fun n => (0 <= n)%Z) l -> (zsum (firstn n l) <= zsum l)%Z.
Proof. intro H. revert n. induction H as [|x l Hx Hl IH]; intros [|n]; simpl; try lia; [pose proof (zsum_nonneg l Hl);
  lia|specialize (IH n); lia]. Qed.
Lemma zsum_drop n l : Forall (fun n => (0 <= n)%Z) l -> (zsum (skipn n l) <= zsum l)%Z.
Proof. intro H. revert n. induction H as [|x l Hx Hl IH]; intros [|n]; simpl; try lia. specialize (IH n). lia. Qed.
Lemma Forall_skipn {A : Type} (P : A -> Prop) n l : Forall P l -> Forall P (skipn n l).
Proof. intro H. revert n. induction H as [|x l Hx Hl IH]; intros [|n]; simpl; auto. Qed.
Lemma Forall_firstn {A : Type} (P : A -> Prop) n l : Forall P l -> Forall P (firstn n l).
Proof. intro H. revert n. induction H as [|x l Hx Hl IH]; intros [|n]; simpl; auto. Qed.
