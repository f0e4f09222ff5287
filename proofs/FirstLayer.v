(* THE FIRST LAYER on a ball: inputs are rounded first, then T x + b is summed in any order. What is proven of one row
   is its distance to the exact value (docs/soundness.md, (b)), how far the exact value moves on the ball, and the
   size of its terms. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Rows Claim Form Sums Close.
Import ListNotations.
Open Scope R_scope.

(* ---- powers of 1 + u ---- *)
Lemma power_close u n : 0 <= u -> INR n * (INR n + 1) * u <= 1 -> (1 + u) ^ n <= 1 + (INR n + 1) * u /\ (1 + u) ^ n <= 2.
Proof.
  intros Hu H. pose proof (pos_INR n) as Pn.
  assert (K : forall k, (k <= n)%nat -> (1 + u) ^ k * (1 - INR k * u) <= 1).
  { induction k as [|k IH]; intro Hk; [simpl; lra|]. specialize (IH ltac:(lia)). rewrite S_INR. cbn [pow].
    pose proof (pow_le (1 + u) k ltac:(lra)) as P. pose proof (pos_INR k).
    assert ((1 + u) * (1 - (INR k + 1) * u) <= 1 - INR k * u) by nra.
    replace ((1 + u) * (1 + u) ^ k * (1 - (INR k + 1) * u)) with ((1 + u) ^ k * ((1 + u) * (1 - (INR k + 1) * u))) by ring.
    eapply Rle_trans; [apply Rmult_le_compat_l; [exact P|eassumption]|exact IH]. }
  specialize (K n (le_n n)). set (p := (1 + u) ^ n) in *. set (N := INR n) in *.
  destruct (Req_dec N 0) as [Z|Z].
  - rewrite Z in K. assert (p <= 1) by lra. assert (0 <= (N + 1) * u) by nra. lra.
  - assert (1 <= N). { unfold N in *. destruct n; [simpl in Z; lra|]. rewrite S_INR in *. pose proof (pos_INR n). lra. }
    assert (A : (N + 1) * u <= 1). { assert ((N + 1) * u <= N * ((N + 1) * u)); [|nra].
      assert (0 <= (N + 1) * u) by nra. nra. }
    assert (D : 0 < 1 - N * u). { destruct (Req_dec u 0) as [->|]; [lra|]. nra. }
    assert (C : 1 <= (1 + (N + 1) * u) * (1 - N * u)) by nra.
    assert (p <= 1 + (N + 1) * u); [|lra].
    apply Rmult_le_reg_r with (1 - N * u); [exact D|lra].
Qed.

(* ---- vectors of absolute values ---- *)
Notation abs := (map Rabs).
Definition sum1 := fold_right Rplus 0.
Lemma sum1_pos w : 0 <= sum1 (abs w).
Proof. induction w as [|c w IH]; simpl; [lra|]. pose proof (Rabs_pos c). lra. Qed.
Lemma dot_abs_pos w x : 0 <= dot (abs w) (abs x).
Proof. revert x; induction w as [|c w IH]; intros [|a x]; simpl; try lra. specialize (IH x). pose proof (Rabs_pos c).
  pose proof (Rabs_pos a). nra. Qed.
Lemma dot_affine w c e x : length w = length x -> dot (abs w) (map (fun a => c * Rabs a + e) x) = c * dot (abs w)
  (abs x) + e * sum1 (abs w).
Proof. revert x; induction w as [|a w IH]; intros [|b x] H; simpl in *; try discriminate; [ring|]. rewrite IH by lia.
  ring. Qed.
Lemma dot_abs_self w : dot (abs w) (abs w) = dot w w.
Proof. induction w as [|c w IH]; simpl; [reflexivity|]. rewrite IH. rewrite <- Rabs_mult, Rabs_right; [ring|]. nra. Qed.
Lemma dist2_abs x y : dist2 (abs x) (abs y) <= dist2 x y.
Proof.
  revert y; induction x as [|a x IH]; intros [|b y]; simpl; try lra. specialize (IH y).
  assert ((Rabs a - Rabs b) * (Rabs a - Rabs b) <= (a - b) * (a - b)); [|lra].
  unfold Rabs. destruct (Rcase_abs a), (Rcase_abs b); nra.
Qed.
Lemma dot_moves t x x0 r sw : length x = length x0 -> dist2 x x0 <= r * r -> dot t t * (r * r) <= sw * sw -> 0 <= sw ->
  Rabs (dot t x - dot t x0) <= sw.
Proof.
  intros L D H P. rewrite dist2_vsub in D.
  assert (E : dot t x - dot t x0 = dot t (vsub x x0)).
  { rewrite !(dot_comm t). rewrite dot_vsub by exact L. reflexivity. }
  rewrite E. pose proof (cauchy_schwarz t (vsub x x0)) as CS. pose proof (dot_nonneg t) as Pt.
  set (v := dot t (vsub x x0)) in *. assert (v * v <= sw * sw) by nra. apply Rabs_le. split; nra.
Qed.
Lemma sizes_move t x x0 r sw : length x = length x0 -> dist2 x x0 <= r * r -> dot t t * (r * r) <= sw * sw -> 0 <= sw ->
  dot (abs t) (abs x) <= dot (abs t) (abs x0) + sw.
Proof.
  intros L D H P. assert (K : Rabs (dot (abs t) (abs x) - dot (abs t) (abs x0)) <= sw).
  { apply dot_moves with r; [rewrite !map_length; exact L|eapply Rle_trans;
    [apply dist2_abs|exact D]|rewrite dot_abs_self; exact H|exact P]. }
  apply Rabs_le_inv in K. lra.
Qed.

Section FirstLayer.
Variables emin prec : Z.
Hypothesis Hp : (1 < prec)%Z.
Hypothesis Hm : (emin <= 0)%Z.
Notation F := (float emin prec).
Notation wt := (weight emin).
Notation u := (unit prec).
Notation eta := (tiny emin).

Lemma rounded_close x x' : Forall2 (near F) x x' -> length x' = length x /\ close x' x (map (fun a => u * Rabs a + eta) x) /\
  Forall2 (fun a M => Rabs a <= M) x' (map (fun a => (1 + u) * Rabs a + eta) x).
Proof.
  induction 1 as [|a a' x x' H H' [L [C T]]]; [repeat split; constructor|]. pose proof (nerr emin prec Hp _ _ H) as E.
  split; [simpl; lia|]. split; (constructor; [|assumption]); [exact E|].
  replace a' with (a + (a' - a)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Theorem row_near t b x x' s A : length t = length x -> Forall2 (near F) x x' ->
  Claim.sums emin prec (terms emin (t, b) x') s ->
  INR (length t + 2) * (INR (length t + 2) + 1) * u <= 1 -> dot (abs (map wt t)) (abs x) <= A ->
  Rabs (s - (dot (map wt t) x + wt b)) <=
    (INR (length t) + 3) * u * (A + Rabs (wt b)) + 2 * eta * (sum1 (abs (map wt t)) + INR (length t) + 1).
Proof.
  intros Lt Nx Hs Hn HA. destruct (rounded_close x x' Nx) as [Lx [Cx Tx]]. set (w := map wt t) in *.
    set (n := length t) in *.
  assert (Lw : length w = length x) by (unfold w; rewrite map_length; exact Lt).
  assert (Hl : (length (nonzero (terms emin (t, b) x')) <= n + 1)%nat).
  { eapply Nat.le_trans; [apply filter_length_le'|]. unfold terms. rewrite app_length, combine_length, map_length.
    cbn [fst length]. fold n. lia. }
  pose proof (sums_error emin prec Hp _ _ _ Hs Hl) as K. unfold terms in K. cbn [fst snd] in K. fold w in K.
  rewrite exact_app, mag_app, exact_combine in K. cbn [exact mag] in K. rewrite !Rmult_1_r, !Rplus_0_r in K.
  pose proof (dot_close w x' x _ Lx Cx) as C. rewrite dot_affine in C by exact Lw.
  pose proof (mag_combine w x' _ Tx) as T. rewrite dot_affine in T by exact Lw.
  set (a1 := sum1 (abs w)) in *. pose proof (sum1_pos w : 0 <= a1) as P1. set (ax := dot (abs w) (abs x)) in *.
  pose proof (dot_abs_pos w x : 0 <= ax) as Pax.
  pose proof (unit_range prec Hp) as Hu. pose proof (eta0 emin) as He. pose proof (Rabs_pos (wt b)) as Pb.
  destruct (power_close u (n + 2) ltac:(lra) Hn) as [G2 G3]. replace (n + 2)%nat with (S (n + 1)) in G2, G3 by lia.
    cbn [pow] in G2, G3.
  pose proof (pow_ge1 u Hu (n + 1)) as G1. unfold g in K. set (p := (1 + u) ^ (n + 1)) in *.
  rewrite !S_INR, !plus_INR in *. simpl (INR 1) in *. pose proof (pos_INR n) as Pn. set (N := INR n) in *.
  assert (Gu : (1 + u) * p - 1 <= (N + 3) * u) by lra. assert (Pp : p <= 2) by nra.
  assert (M1 : (p - 1) * (mag (combine w x') + Rabs (wt b)) <= (p - 1) * ((1 + u) * ax + eta * a1 + Rabs (wt b)))
    by (apply Rmult_le_compat_l; lra).
  replace (s - (dot w x + wt b)) with ((s - (dot w x' + wt b)) + (dot w x' - dot w x)) by ring.
  eapply Rle_trans; [apply Rabs_triang|].
  assert (M2 : ((1 + u) * p - 1) * ax <= (N + 3) * u * A).
  { eapply Rle_trans; [apply Rmult_le_compat_r; [exact Pax|exact Gu]|]. apply Rmult_le_compat_l; [|exact HA].
    apply Rmult_le_pos; lra. }
  assert (M3 : (p - 1) * Rabs (wt b) <= (N + 3) * u * Rabs (wt b)).
  { apply Rmult_le_compat_r; [exact Pb|]. assert (p <= (1 + u) * p) by nra. lra. }
  assert (M4 : p * (eta * a1) <= 2 * (eta * a1)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|exact Pp]).
  assert (M5 : (N + 1) * eta * p <= 2 * eta * (N + 1)).
  { assert (0 <= (N + 1) * eta) by (apply Rmult_le_pos; lra).
    assert ((N + 1) * eta * p <= (N + 1) * eta * 2) by (apply Rmult_le_compat_l; lra). lra. }
  assert (E1 : (p - 1) * ((1 + u) * ax + eta * a1 + Rabs (wt b)) = ((1 + u) * p - 1) * ax - u * ax + (p * (eta * a1)
    - eta * a1) + (p - 1) * Rabs (wt b)) by ring.
  lra.
Qed.
End FirstLayer.
