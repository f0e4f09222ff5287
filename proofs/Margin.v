(* MARGINS, p = 2 (docs/theory.md, T6): a lead at the centre of a ball holds on all of it if its square is large
   enough. Vectors are lists, `image` is the first layer T x + b, and no square root occurs. *)
From Coq Require Import Reals List Lra Lia Psatz.
From Logwidth Require Import Vectors.
Import ListNotations.
Open Scope R_scope.

Section T6.
Variables (d : nat) (T : list (list R)).
Hypothesis HT : Forall (fun row => length row = d) T.

Lemma length_tr w : length (transpose_apply d T w) = d.
Proof.
  clear - HT. revert w. induction HT as [|row T' Hr HT' IH]; intros w; simpl; [apply repeat_length|].
  destruct w as [|c w]; [apply repeat_length|]. rewrite length_vadd; rewrite length_scale; [auto|rewrite IH; auto].
Qed.
End T6.
Section T6b.
Variables (d m : nat) (b : list R).
Lemma adjoint T w x : Forall (fun row => length row = d) T -> dot w (apply_rows T x) = dot (transpose_apply d T w) x.
Proof.
  intro HT. revert w. induction HT as [|row T' Hr HT' IH]; intros w; simpl.
  - rewrite dot_zero. destruct w; reflexivity.
  - destruct w as [|c w]; simpl; [rewrite dot_zero; auto|].
    rewrite dot_vadd, dot_scale, IH; [auto|]. rewrite length_scale, Hr. symmetry. apply length_tr. auto.
Qed.
Variable T : list (list R).
Hypothesis HT : Forall (fun row => length row = d) T.
Hypothesis Hm : length T = m.
Hypothesis Hb : length b = m.
Definition image x := vadd (apply_rows T x) b.
Definition score (p : list R * R) z := dot (fst p) z + snd p.
Definition in_ball r2 x0 x := length x = length x0 /\ dot (vsub x x0) (vsub x x0) <= r2.
Lemma dot_vadd_r w x y : length x = length y -> dot w (vadd x y) = dot w x + dot w y.
Proof. intro H. rewrite dot_comm, dot_vadd by auto. rewrite (dot_comm x), (dot_comm y). auto. Qed.

(* the square form of T6: D is the lead at the centre beyond what is wanted *)
Theorem margin ws wj x0 x r2 N gam :
  length (fst ws) = m -> length (fst wj) = m -> length x0 = d -> in_ball r2 x0 x ->
  let h := vsub (fst ws) (fst wj) in
  dot (transpose_apply d T h) (transpose_apply d T h) <= N -> 0 <= N ->
  let D := score ws (image x0) - score wj (image x0) - gam in
  0 <= D -> r2 * N <= D * D ->
  gam <= score ws (image x) - score wj (image x).
Proof.
  intros Lw Lj L0 [Lx Hball] h HN HN0 D HD Hsq. unfold score, image in *.
  assert (La : forall y, length (apply_rows T y) = length b) by (intro y; unfold apply_rows; rewrite map_length; lia).
  rewrite !dot_vadd_r by apply La.
  assert (E : forall y, dot (fst ws) (apply_rows T y) - dot (fst wj) (apply_rows T y) = dot (transpose_apply d T h) y).
  { intro y. rewrite <- adjoint by auto. unfold h. rewrite dot_vsub by lia. ring. }
  set (v := transpose_apply d T h) in *. set (e := vsub x x0) in *.
  assert (F : dot v x - dot v x0 = dot v e).
  { unfold e. rewrite !(dot_comm v). rewrite dot_vsub by lia. reflexivity. }
  pose proof (cauchy_schwarz v e) as CS. pose proof (dot_nonneg v) as Pv. pose proof (dot_nonneg e) as Pe.
  assert (B : dot v e * dot v e <= D * D).
  { eapply Rle_trans; [exact CS|]. eapply Rle_trans; [|exact Hsq]. nra. }
  assert (G : - D <= dot v e) by nra.
  unfold D in G. rewrite !dot_vadd_r in G by apply La.
  pose proof (E x) as Ex. pose proof (E x0) as E0. lra.
Qed.

(* ||T^T h||^2 = h^T K h <= rho ||h||^2 where rho bounds the absolute row sums of the Gram matrix K = T T^T
  (Gershgorin/Schur) *)
Fixpoint abs_sum (u : list R) := match u with [] => 0 | a :: t => Rabs a + abs_sum t end.
End T6b.
