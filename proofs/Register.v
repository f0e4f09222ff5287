(* THE REGISTER IN FLOATS (docs/theory.md, section 4): s + r holds the running maximum (Carry.v), the register k
   counts the increments inc and is cleared by d_t >= L r_t. Where one piece of the own class leads all pieces before
   and after its class by enough, k is 0 when the class ends and then counts the later increments exactly, whatever
   the order of summation. *)
From Coq Require Import Reals List Lra Lia Psatz.
From Flocq Require Import Core.
From Logwidth Require Import Model Carry.
Open Scope R_scope.

Section Register.
Variable F : R -> Prop.
Hypothesis F0 : F 0.
Variable u : R.
Hypothesis Hu : 0 <= u.
Hypothesis near_sum : forall a b v, F a -> F b -> near F (a + b) v -> Rabs (v - (a + b)) <= u * Rabs (a + b).
Variable N : nat.                                  (* steps; pieces 0 .. N *)
Variables a E s r d : nat -> R.
Hypothesis E0 : forall i, 0 <= E i.
Hypothesis a0 : a 0%nat = 0.
Hypothesis s0 : s 0%nat = 0.
Hypothesis r0 : r 0%nat = 0.
Hypothesis rF : forall t, (t <= N)%nat -> F (r t).
Hypothesis step_s : forall t, (t < N)%nat -> exists v, near F (M s r t) v /\ s (S t) = Rmax 0 v.
Hypothesis step_r : forall t, (t < N)%nat -> exists v, Rabs (v - (a (S t) - M s r t)) <= E (S t) /\ r (S t) = Rmax 0 v.
(* the clearing d vanishes where the score is below the maximum by its error *)
Hypothesis step_d : forall t, (t < N)%nat -> a (S t) - M s r t + E (S t) <= 0 -> d (S t) = 0.
Variable B : R.
Hypothesis HB : forall t, (t <= N)%nat -> M s r t <= B.

Variables k inc : nat -> R.
Variables L g e : R.
Hypothesis HL : 0 < L.
Hypothesis clears : forall t, (t < N)%nat -> L * r (S t) <= d (S t).
Hypothesis Hg : 0 <= g < 1.
Hypothesis He : 0 <= e.
Hypothesis inc0 : forall t, 0 <= inc t.
Hypothesis k0 : k 0%nat = 0.
(* inc (t+1) + ... + inc (t+n) *)
Fixpoint isum (n t : nat) := match n with O => 0 | S n' => inc (S t) + isum n' (S t) end.
Hypothesis step_k : forall t, (t < N)%nat -> exists v, k (S t) = Rmax 0 v /\
  Rabs (v - (k t + inc (S t) - d (S t))) <= g * (k t + inc (S t) + d (S t)) + e /\   (* any_order *)
  (forall n i, (i + n = t)%nat -> k t <= isum n i -> v <= isum (S n) i) /\             (* below_caps *)
  (d (S t) = 0 -> forall n i, (i + n = t)%nat -> k t = isum n i -> v = isum (S n) i).  (* both *)

Notation M := (M s r).
Definition r_pos := r_nonneg N a E s r r0 step_r.
Lemma isum_pos n t : 0 <= isum n t.
Proof. revert t; induction n; intro t; simpl; [lra|]. pose proof (inc0 (S t)). specialize (IHn (S t)). lra. Qed.
Lemma isum_snoc n i : isum (S n) i = isum n i + inc (S (i + n)).
Proof. revert i; induction n; intro i; [simpl; rewrite Nat.add_0_r; lra|].
  change (isum (S (S n)) i) with (inc (S i) + isum (S n) (S i)). rewrite IHn.
  replace (S i + n)%nat with (i + S n)%nat by lia. simpl. lra. Qed.
Lemma isum_split m q : isum (m + q) 0 = isum m 0 + isum q m.
Proof. revert m. induction q as [|q IH]; intro m; [simpl; rewrite Nat.add_0_r; lra|].
  replace (m + S q)%nat with (S (m + q)) by lia. rewrite !isum_snoc, IH. simpl. lra. Qed.
Lemma k_pos t : (t <= N)%nat -> 0 <= k t.
Proof. intro H. destruct t; [rewrite k0; lra|]. destruct (step_k t ltac:(lia)) as [v [-> _]]. apply Rmax_l. Qed.
Lemma k_cap t : (t <= N)%nat -> k t <= isum t 0.
Proof. induction t as [|t IH]; intro H; [rewrite k0; simpl; lra|].
  destruct (step_k t ltac:(lia)) as [v [-> [_ [C _]]]]. apply Rmax_lub; [apply isum_pos|apply C; [lia|apply IH; lia]]. Qed.
(* once k is 0 it stays 0 as long as no increment comes *)
Lemma k_zero n t : (t + n <= N)%nat -> k t = 0 -> (forall i, (t < i <= t + n)%nat -> inc i = 0) -> k (t + n) = 0.
Proof.
  intros HN K H. assert (Z : forall n', (n' <= n)%nat -> isum n' t = 0).
  { induction n' as [|n' IH]; intro Hn; [reflexivity|]. rewrite isum_snoc, IH by lia. rewrite H by lia. lra. }
  assert (G : forall n', (n' <= n)%nat -> k (t + n') = 0); [|apply G; lia].
  induction n' as [|n' IH]; intro Hn; [rewrite Nat.add_0_r; auto|]. rewrite Nat.add_succ_r.
  destruct (step_k (t + n')%nat ltac:(lia)) as [v [-> [_ [C _]]]]. apply Rmax_left.
  rewrite <- (Z (S n')) by lia. apply C; [auto|]. rewrite IH, Z by lia. lra.
Qed.
(* with d = 0 the register counts exactly *)
Lemma k_counts n t : (t + n <= N)%nat -> k t = 0 -> (forall i, (t < i <= t + n)%nat -> d i = 0) -> k (t + n) = isum n t.
Proof.
  intros HN K H. assert (G : forall n', (n' <= n)%nat -> k (t + n') = isum n' t); [|apply G; lia].
  induction n' as [|n' IH]; intro Hn; [rewrite Nat.add_0_r; auto|]. rewrite Nat.add_succ_r.
  destruct (step_k (t + n')%nat ltac:(lia)) as [v [-> [_ [_ C]]]].
  rewrite (C (H (S (t + n')) ltac:(lia)) n' t eq_refl (IH ltac:(lia))). apply Rmax_right, isum_pos.
Qed.

Variable R0 : R.                                      (* all increments together *)
Hypothesis HR : forall n, (n <= N)%nat -> isum n 0 <= R0.
Definition most := (R0 * (1 + g) + e) / (1 - g).      (* d while the register is positive *)
Definition delta := g * (R0 + most) + e.              (* what one step errs by *)
Lemma R0_pos : 0 <= R0. Proof. apply (HR 0). lia. Qed.
Lemma most_pos : 0 <= most.
Proof. unfold most. apply Rmult_le_pos; [pose proof R0_pos; nra|left; apply Rinv_0_lt_compat; lra]. Qed.
Lemma delta_pos : 0 <= delta.
Proof. unfold delta. pose proof R0_pos. pose proof most_pos. nra. Qed.
Lemma k_step t : (t < N)%nat -> 0 < k (S t) -> k (S t) <= k t + inc (S t) - L * r (S t) + delta.
Proof.
  intros HN P. destruct (step_k t HN) as [v [Ek [Er _]]]. rewrite Ek in *.
  assert (V : Rmax 0 v = v) by (unfold Rmax in *; destruct (Rle_dec 0 v); lra). rewrite V in *.
  apply Rabs_le_inv in Er. pose proof (r_pos (S t) ltac:(lia)) as Pr.
  pose proof (clears t HN) as Q. set (q := d (S t)) in *.
  assert (Q0 : 0 <= L * r (S t)) by (apply Rmult_le_pos; lra).
  pose proof (k_cap t ltac:(lia)) as C. pose proof (HR (S t) ltac:(lia)) as C'. rewrite isum_snoc in C'. simpl in C'.
  set (c := k t + inc (S t)) in *. assert (c <= R0) by (unfold c; lra).
  assert (0 <= c) by (unfold c; pose proof (k_pos t ltac:(lia)); pose proof (inc0 (S t)); lra).
  assert (QX : q <= most).
  { unfold most. apply Rmult_le_reg_r with (1 - g); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra. }
  assert (g * (c + q) <= g * (R0 + most)) by (apply Rmult_le_compat_l; lra).
  unfold delta. lra.
Qed.
Lemma k_block n t : (t + n <= N)%nat -> (forall i, (t < i <= t + n)%nat -> 0 < k i) ->
  k (t + n) <= k t + isum n t - L * rsum r n t + INR n * delta.
Proof.
  revert t. induction n as [|n IH]; intros t HN H; [simpl; rewrite Nat.add_0_r; lra|].
  rewrite S_INR. cbn [isum rsum]. replace (t + S n)%nat with (S t + n)%nat by lia.
  specialize (IH (S t) ltac:(lia) ltac:(intros i Hi; apply H; lia)).
    pose proof (k_step t ltac:(lia) (H (S t) ltac:(lia))). lra.
Qed.

Definition lower := carry_lower F F0 u Hu near_sum N a E s r E0 a0 s0 r0 rF step_s step_r B HB.
Definition upper := carry_upper F F0 u Hu near_sum N a E s r E0 a0 s0 r0 rF step_s step_r B HB.

(* the own class: pieces p+1 .. p+n+1; the own piece i leads all pieces before and after it *)
Section Block.
Variables p n i : nat.
Hypothesis Hn : (p + S n <= N)%nat.
Hypothesis Hi : (p < i <= p + S n)%nat.
Hypothesis no_inc : forall t, (S p < t <= p + S n)%nat -> inc t = 0.
Hypothesis lead : forall j, (j <= p \/ p + S n < j <= N)%nat ->
  2 * (R0 + INR (S n) * delta) / L + E i + E j + 5 * u * B <= a i - a j.

Lemma q_pos : 0 <= 2 * (R0 + INR (S n) * delta) / L /\ 0 <= u * B.
Proof.
  split; [apply Rmult_le_pos; [|left; apply Rinv_0_lt_compat; auto]|apply Rmult_le_pos; [auto|]].
  - pose proof R0_pos. pose proof delta_pos. pose proof (pos_INR (S n)).
    assert (0 <= INR (S n) * delta) by (apply Rmult_le_pos; auto). lra.
  - eapply Rle_trans; [|apply (HB 0); lia]. unfold Carry.M. rewrite s0, r0; lra.
Qed.
Lemma grows : R0 + INR (S n) * delta <= L * rsum r (S n) p.
Proof.
  pose proof (growth F F0 N a E s r s0 r0 step_s step_r n p Hn) as G.
  destruct (upper p ltac:(lia)) as [j [Lj Hj]]. pose proof (lower (p + S n)%nat i ltac:(lia) ltac:(lia)) as Hl.
  pose proof (s_err F F0 u Hu near_sum N a E s r s0 r0 rF step_s step_r B HB p ltac:(lia)) as S1.
  apply Rabs_le_inv in S1. pose proof (lead j ltac:(left; lia)) as LE.
  assert (A : 2 * (R0 + INR (S n) * delta) / L <= 2 * rsum r (S n) p) by lra.
  apply Rmult_le_reg_r with (2 / L); [apply Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; auto]|].
  replace (L * rsum r (S n) p * (2 / L)) with (2 * rsum r (S n) p) by (field; lra).
  replace ((R0 + INR (S n) * delta) * (2 / L)) with (2 * (R0 + INR (S n) * delta) / L) by (field; lra). exact A.
Qed.
Lemma cleared : k (p + S n) = 0.
Proof.
  (* either k vanishes somewhere in the block, and stays, or the block would take it below 0 *)
  assert (D : forall m, (m <= S n)%nat -> (exists t, (p < t <= p + m)%nat /\
    k t = 0) \/ (forall t, (p < t <= p + m)%nat -> 0 < k t)).
  { induction m as [|m IH]; intro Hm; [right; intros; lia|].
    destruct (IH ltac:(lia)) as [[t [A C]]|A]; [left; exists t; split; [lia|auto]|].
    destruct (Req_dec (k (p + S m)) 0) as [Z|Z]; [left; exists (p + S m)%nat; split; [lia|auto]|].
    right. intros t Ht. destruct (Nat.eq_dec t (p + S m)) as [->|]; [pose proof (k_pos (p + S m) ltac:(lia));
      lra|apply A; lia]. }
  destruct (D (S n) (le_n _)) as [[t [A C]]|A].
  - replace (p + S n)%nat with (t + (p + S n - t))%nat by lia. apply k_zero; [lia|auto|]. intros j Hj. apply no_inc. lia.
  - pose proof (k_block (S n) p Hn A) as K. pose proof grows as G. pose proof (A (p + S n)%nat ltac:(lia)) as P.
    pose proof (k_cap p ltac:(lia)) as C. pose proof (HR (p + S n) ltac:(lia)) as H. rewrite isum_split in H. lra.
Qed.
Lemma silent t : (p + S n < t <= N)%nat -> d t = 0.
Proof.
  intro Ht. destruct t as [|t]; [lia|]. apply step_d; [lia|].
  pose proof (lower t i ltac:(lia) ltac:(lia)) as Hl.
  pose proof (lead (S t) ltac:(right; lia)) as LE. destruct q_pos as [Q1 Q2]. lra.
Qed.
Theorem register : k N = isum (N - (p + S n)) (p + S n).
Proof.
  replace N with (p + S n + (N - (p + S n)))%nat at 1 by lia.
  apply k_counts; [lia|apply cleared|]. intros t Ht. apply silent. lia.
Qed.
End Block.
(* the first class: pieces 0 .. n *)
Theorem register_first n i : (i <= n <= N)%nat -> (forall t, (t <= n)%nat -> inc t = 0) ->
  (forall j, (n < j <= N)%nat -> E i + E j + 2 * u * B <= a i - a j) -> k N = isum (N - n) n.
Proof.
  intros H no_inc lead. replace N with (n + (N - n))%nat at 1 by lia. apply k_counts; [lia| |].
  - apply (k_zero n 0); [lia|exact k0|]. intros; apply no_inc; lia.
  - intros t Ht. destruct t as [|t]; [lia|]. apply step_d; [lia|].
    pose proof (lower t i ltac:(lia) ltac:(lia)) as Hl. pose proof (lead (S t) ltac:(lia)) as LE. lra.
Qed.
End Register.
