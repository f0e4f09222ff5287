(* THE RANGE. A float B with a_t + E_t + uB <= B for all scores bounds every s + r, although the error E_t of a score
   may itself be proven only where s + r <= B: the induction does not run in a circle. *)
From Coq Require Import Reals Lra Lia.
From Flocq Require Import Core.
From Logwidth Require Import Model.
Open Scope R_scope.
Section Range.
Variable F : R -> Prop.
Hypothesis F0 : F 0.
Variable u : R.
Hypothesis Hu : 0 <= u.
Hypothesis near_sum : forall a b v, F a -> F b -> near F (a + b) v -> Rabs (v - (a + b)) <= u * Rabs (a + b).
Variable N : nat.
Variables a E s r : nat -> R.
Hypothesis s0 : s 0%nat = 0.
Hypothesis r0 : r 0%nat = 0.
Hypothesis rF : forall t, (t <= N)%nat -> F (r t).
Hypothesis step_s : forall t, (t < N)%nat -> exists v, near F (s t + r t) v /\ s (S t) = Rmax 0 v.
Variable B : R.
Hypothesis FB : F B.
Hypothesis B0 : 0 <= B.
Hypothesis step_r : forall t, (t < N)%nat -> F (s t) -> 0 <= s t -> 0 <= r t -> s t + r t <= B ->
  exists v, r (S t) = Rmax 0 v /\ Rabs (v - (a (S t) - (s t + r t))) <= E (S t).
Hypothesis fits : forall t, (t < N)%nat -> a (S t) + E (S t) + u * B <= B.
Theorem range t : (t <= N)%nat -> F (s t) /\ 0 <= s t /\ 0 <= r t /\ s t + r t <= B.
Proof.
  induction t as [|t IH]; intro H; [rewrite s0, r0; repeat split; auto; lra|]. destruct (IH ltac:(lia)) as [Fs [Ps [Pr HB]]].
  destruct (step_s t ltac:(lia)) as [v [K Es]]. destruct (step_r t ltac:(lia) Fs Ps Pr HB) as [w [Er He]].
  assert (V0 : 0 <= v) by (apply near_ge with (F := F) (1 := K); auto; lra).
  assert (VB : v <= B) by (apply near_le with (F := F) (1 := K); auto).
  rewrite Rmax_right in Es by auto. pose proof (near_sum _ _ _ Fs (rF t ltac:(lia)) K) as D.
  rewrite (Rabs_right (s t + r t)) in D by lra. apply Rabs_le_inv in D. apply Rabs_le_inv in He.
  assert (u * (s t + r t) <= u * B) by (apply Rmult_le_compat_l; auto). pose proof (fits t ltac:(lia)).
  rewrite Es, Er. split; [eapply near_F; eauto|]. split; [auto|]. split; [apply Rmax_l|].
  destruct (Rle_or_lt w 0); [rewrite Rmax_left by auto; lra|rewrite Rmax_right by lra; lra].
Qed.
End Range.
