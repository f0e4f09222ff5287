(* VECTORS are lists of reals: inner product, sums, multiples, squared distance, and the inequality of Cauchy and
   Schwarz. *)
From Coq Require Import Reals List Lra Lia Psatz.
Import ListNotations.
Open Scope R_scope.

Fixpoint dot (u v : list R) := match u, v with a :: s, b :: t => a * b + dot s t | _, _ => 0 end.
Fixpoint vadd (u v : list R) := match u, v with a :: s, b :: t => (a + b) :: vadd s t | _, _ => [] end.
Definition scale c (u : list R) := map (Rmult c) u.
Definition vsub u v := vadd u (scale (-1) v).
Definition apply_rows (T : list (list R)) x := map (fun row => dot row x) T.          (* T x *)
Fixpoint transpose_apply d (T : list (list R)) w :=                                    (* T^T w *)
  match T, w with row :: T', c :: w' => vadd (scale c row) (transpose_apply d T' w') | _, _ => repeat 0 d end.

Lemma dot_nonneg u : 0 <= dot u u.
Proof. induction u; simpl; [lra|nra]. Qed.
Lemma dot_comm u v : dot u v = dot v u.
Proof. revert v; induction u; intros [|b v]; simpl; auto. rewrite IHu; ring. Qed.
Lemma dot_scale c u v : dot (scale c u) v = c * dot u v.
Proof. revert v; induction u; intros [|b v]; simpl; try ring. rewrite IHu; ring. Qed.
Lemma dot_vadd u v x : length u = length v -> dot (vadd u v) x = dot u x + dot v x.
Proof. revert v x; induction u; intros [|b v] x H; simpl in *; try discriminate; destruct x; simpl; try lra.
  rewrite IHu by lia. ring. Qed.
Lemma dot_zero d x : dot (repeat 0 d) x = 0.
Proof. revert x; induction d; intros [|b x]; simpl; auto. rewrite IHd; ring. Qed.
Lemma length_scale c u : length (scale c u) = length u. Proof. apply map_length. Qed.
Lemma length_vadd u v : length u = length v -> length (vadd u v) = length u.
Proof. revert v; induction u; intros [|b v] H; simpl in *; try discriminate; auto. Qed.
Lemma dot_vsub u v x : length u = length v -> dot (vsub u v) x = dot u x - dot v x.
Proof. intro H. unfold vsub. rewrite dot_vadd by (rewrite length_scale; auto). rewrite dot_scale. ring. Qed.
Lemma length_vsub u v : length u = length v -> length (vsub u v) = length u.
Proof. intro H. unfold vsub. apply length_vadd. rewrite length_scale. auto. Qed.

Theorem cauchy_schwarz u v : dot u v * dot u v <= dot u u * dot v v.
Proof.
  revert v; induction u as [|a u IH]; intros [|b v]; simpl; try nra.
  specialize (IH v). pose proof (dot_nonneg u) as P. pose proof (dot_nonneg v) as Q.
  set (p := dot u u) in *. set (q := dot v v) in *. set (r := dot u v) in *.
  (* 2abr <= a^2 q + b^2 p, from r^2 <= pq *)
  assert (2 * (a * b * r) <= a * a * q + b * b * p); [|nra].
  assert (H : (a * b * r) * (a * b * r) <= (a * a * q) * (b * b * p)).
  { replace ((a * b * r) * (a * b * r)) with (a * a * (b * b) * (r * r)) by ring.
    replace ((a * a * q) * (b * b * p)) with (a * a * (b * b) * (p * q)) by ring.
    apply Rmult_le_compat_l; [apply Rmult_le_pos; apply Rle_0_sqr|exact IH]. }
  assert (X : 0 <= a * a * q) by (apply Rmult_le_pos; [apply Rle_0_sqr|auto]).
  assert (Y : 0 <= b * b * p) by (apply Rmult_le_pos; [apply Rle_0_sqr|auto]).
  set (X' := a * a * q) in *. set (Y' := b * b * p) in *. set (Z := a * b * r) in *.
  destruct (Rle_or_lt (2 * Z) (X' + Y')); [auto|exfalso].
  assert ((X' + Y') * (X' + Y') < (2 * Z) * (2 * Z)) by nra.
  pose proof (Rle_0_sqr (X' - Y')) as S. unfold Rsqr in S. nra.
Qed.

Fixpoint dist2 (x y : list R) := match x, y with a :: s, b :: t => (a - b) * (a - b) + dist2 s t | _, _ => 0 end.
Lemma dist2_vsub x y : dist2 x y = dot (vsub x y) (vsub x y).
Proof. unfold vsub. revert y; induction x as [|a s IH]; intros [|b t]; simpl; try ring. rewrite IH. ring. Qed.
