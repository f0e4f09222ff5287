(* EXACT CARRY (docs/theory.md, section 3). The running maximum of scores a_0 = 0, a_1, ..., a_N, held as s + r by s
   <- ReLU(fl(s + r)), r <- ReLU(a - s - r + error), errs by the largest error of one score and 2uB, whatever N is. B
   bounds all s + r (Range.v proves such a bound). *)
From Coq Require Import Reals List Lra Lia Psatz.
From Flocq Require Import Core.
From Logwidth Require Import Model.
Open Scope R_scope.

Section Carry.
Variable F : R -> Prop.
Hypothesis F0 : F 0.
Variable u : R.
Hypothesis Hu : 0 <= u.
Hypothesis near_sum : forall a b v, F a -> F b -> near F (a + b) v -> Rabs (v - (a + b)) <= u * Rabs (a + b).
Variable N : nat.
Variables a E s r : nat -> R.
Hypothesis E0 : forall i, 0 <= E i.
Hypothesis a0 : a 0%nat = 0.
Hypothesis s0 : s 0%nat = 0.
Hypothesis r0 : r 0%nat = 0.
Hypothesis rF : forall t, (t <= N)%nat -> F (r t).
Definition M t := s t + r t.
Hypothesis step_s : forall t, (t < N)%nat -> exists v, near F (M t) v /\ s (S t) = Rmax 0 v.
Hypothesis step_r : forall t, (t < N)%nat -> exists v, Rabs (v - (a (S t) - M t)) <= E (S t) /\ r (S t) = Rmax 0 v.
Variable B : R.
Hypothesis HB : forall t, (t <= N)%nat -> M t <= B.

Lemma r_nonneg t : (t <= N)%nat -> 0 <= r t.
Proof. intro H. destruct t; [rewrite r0; lra|]. destruct (step_r t ltac:(lia)) as [v [_ ->]]. apply Rmax_l. Qed.
Lemma s_inv t : (t <= N)%nat -> F (s t) /\ 0 <= s t.
Proof. induction t as [|t IH]; intro H; [rewrite s0; auto with real|]. destruct (IH ltac:(lia)) as [IF Ip].
  destruct (step_s t ltac:(lia)) as [v [K ->]]. split.
  - unfold Rmax. destruct (Rle_dec 0 v); [eapply near_F; eauto|auto].
  - apply Rmax_l. Qed.
Lemma M_nonneg t : (t <= N)%nat -> 0 <= M t.
Proof. intro H. unfold M. pose proof (r_nonneg t H). pose proof (s_inv t H). lra. Qed.
Lemma s_near t : (t < N)%nat -> near F (M t) (s (S t)).
Proof. intro H. destruct (step_s t H) as [v [K ->]]. rewrite Rmax_right; [auto|].
  apply near_ge with (F := F) (1 := K); [auto|apply M_nonneg; lia]. Qed.
Lemma s_err t : (t < N)%nat -> Rabs (s (S t) - M t) <= u * B.
Proof. intro H. eapply Rle_trans; [apply near_sum with (3 := s_near t H); [apply s_inv; lia|apply rF; lia]|].
  apply Rmult_le_compat_l; [auto|]. rewrite Rabs_right; [apply HB; lia|apply Rle_ge, M_nonneg; lia]. Qed.
Lemma s_grows t : (t < N)%nat -> s t <= s (S t).
Proof. intro H. apply near_ge with (F := F) (1 := s_near t H); [apply s_inv; lia|]. unfold M.
  pose proof (r_nonneg t ltac:(lia)). lra. Qed.
Lemma s_mono i t : (i <= t)%nat -> (t <= N)%nat -> s i <= s t.
Proof. induction 1 as [|t H IH]; intro K; [lra|]. eapply Rle_trans; [apply IH; lia|apply s_grows; lia]. Qed.
Lemma B_nonneg : 0 <= B.
Proof. eapply Rle_trans; [apply (M_nonneg 0); lia|apply HB; lia]. Qed.

Lemma lower_at i : (i <= N)%nat -> a i - E i - u * B <= M i.
Proof.
  intro H. assert (Q : 0 <= u * B) by (apply Rmult_le_pos; [auto|apply B_nonneg]).
  destruct i as [|i].
  - pose proof (M_nonneg 0 ltac:(lia)). pose proof (E0 0%nat). rewrite a0. lra.
  - destruct (step_r i ltac:(lia)) as [v [Hv Hr]]. pose proof (s_err i ltac:(lia)) as Hs. apply Rabs_le_inv in Hv.
    apply Rabs_le_inv in Hs.
    unfold M at 1. rewrite Hr. pose proof (Rmax_r 0 v). lra.
Qed.

Theorem carry_lower t i : (i <= t)%nat -> (t <= N)%nat -> a i - E i - 2 * u * B <= M t.
Proof.
  intros H HN. assert (Q : 0 <= u * B) by (apply Rmult_le_pos; [auto|apply B_nonneg]).
  pose proof (lower_at i ltac:(lia)) as L. destruct (Nat.eq_dec i t) as [->|D]; [lra|].
  assert (s (S i) <= s t) by (apply s_mono; lia). pose proof (r_nonneg t HN).
  pose proof (s_err i ltac:(lia)) as Hs. apply Rabs_le_inv in Hs. unfold M at 1. lra.
Qed.

Lemma upper_inv t : (t <= N)%nat -> (exists i, (i <= t)%nat /\ M t <= a i + E i + u * B) \/
                    (F (M t) /\ exists i, (i <= t)%nat /\ M t <= a i + E i + 2 * u * B).
Proof.
  assert (Q : 0 <= u * B) by (apply Rmult_le_pos; [auto|apply B_nonneg]).
  induction t as [|t IH]; intro HN.
  - left. exists 0%nat. split; [lia|]. unfold M. rewrite s0, r0, a0. pose proof (E0 0%nat). lra.
  - destruct (step_r t ltac:(lia)) as [v [Hv Hr]]. apply Rabs_le_inv in Hv. pose proof (s_err t ltac:(lia)) as Hs.
    apply Rabs_le_inv in Hs.
    destruct (Rle_or_lt v 0) as [Z|Z].
    + rewrite Rmax_left in Hr by lra. right.
      assert (EM : M (S t) = s (S t)) by (unfold M; rewrite Hr; lra).
      rewrite EM. split; [apply s_inv; lia|]. destruct (IH ltac:(lia)) as [[i [Li Hi]]|[HF [i [Li Hi]]]]; exists i;
        split; try lia; [lra|].
      rewrite (near_exact F _ _ (s_near t ltac:(lia)) HF). exact Hi.
    + rewrite Rmax_right in Hr by lra. left. exists (S t). split; [lia|]. unfold M at 1. rewrite Hr. lra.
Qed.
Theorem carry_upper t : (t <= N)%nat -> exists i, (i <= t)%nat /\ M t <= a i + E i + 2 * u * B.
Proof. intro H. assert (Q : 0 <= u * B) by (apply Rmult_le_pos; [auto|apply B_nonneg]).
  destruct (upper_inv t H) as [[i [Li Hi]]|[_ K]]; [exists i; split; [auto|lra]|exact K]. Qed.

(* what the register needs: the increments of a block of steps sum to half the growth. Here nearest matters: with a second
   rounding fl(s + r) - s may exceed 2r (docs/soundness.md, "Wider accumulators") *)
Lemma twice t : (t < N)%nat -> s (S t) - s t <= 2 * r t.
Proof. intro H. eapply near_twice with (F := F); [apply s_inv; lia|apply r_nonneg; lia|apply s_near; exact H]. Qed.
Fixpoint rsum (n t : nat) := match n with O => 0 | S k => r (S t) + rsum k (S t) end.
Lemma growth n t : (t + S n <= N)%nat -> M (t + S n) <= s (S t) + 2 * rsum (S n) t.
Proof. revert t. induction n as [|n IH]; intros t H.
  - replace (t + 1)%nat with (S t) by lia. unfold M. cbn [rsum]. pose proof (r_nonneg (S t) ltac:(lia)). lra.
  - specialize (IH (S t) ltac:(lia)). pose proof (twice (S t) ltac:(lia)).
    replace (t + S (S n))%nat with (S t + S n)%nat by lia.
    change (rsum (S (S n)) t) with (r (S t) + rsum (S n) (S t)). lra. Qed.
End Carry.
