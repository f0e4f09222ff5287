(* NO OVERFLOW. A unit whose terms are small stays in range in every order (`in_range_small`), and runs never get
   stuck (`after_all_total`, `returns_total`). *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Permutation.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats Rows Claim Sums Close FirstLayer.
Import ListNotations.
Open Scope R_scope.

Section Totals.
Variables emin prec emax : Z.
Hypothesis Hp : (1 < prec)%Z.
Notation F := (float emin prec).
Notation u := (unit prec).
Notation eta := (tiny emin).

Lemma evals_total l : l <> [] -> exists v h, evals F l v h.
Proof.
  induction l as [|[w x] l IH]; intro N; [congruence|]. destruct l as [|p l].
  - destruct (near_total emin prec Hp (w * x)) as [v Hv]. exists v, 1%nat. constructor. exact Hv.
  - destruct (IH ltac:(discriminate)) as [v1 [h H]]. destruct (near_total emin prec Hp (w * x + v1)) as [v Hv].
    exists v, (S h). eapply E_fma; eauto.
Qed.
Lemma after_total L v : exists v', after emin prec L v v'.
Proof.
  induction L as [|t L [v' IH]]; [exists []; constructor|].
  destruct (evals_total (terms emin t v)) as [s [h H]]; [unfold terms; destruct (combine _ _); discriminate|].
  exists (Rmax 0 s :: v'). constructor; [|exact IH]. exists s. split; [|reflexivity]. exists (terms emin t v), h. auto.
Qed.
Lemma after_all_total Ls : forall v, exists v', after_all emin prec Ls v v'.
Proof. induction Ls as [|L Ls IH]; intro v; [exists v; reflexivity|]. destruct (after_total L v) as [v1 H1].
  destruct (IH v1) as [v' H]. exists v', v1. auto. Qed.
(* so the claim is not empty: every input is given some output *)
Theorem returns_total net x : exists out, returns emin prec net x out.
Proof.
  assert (X : exists x', Forall2 (near F) x x').
  { induction x as [|a x [x' IH]]; [exists []; constructor|]. destruct (near_total emin prec Hp a) as [a' Ha].
    exists (a' :: x'). constructor; auto. }
  destruct X as [x' Hx]. destruct (after_all_total (hidden net) x') as [v Hv].
  destruct (evals_total (terms emin (output net) v)) as [s [h H]]; [unfold terms; destruct (combine _ _); discriminate|].
  exists s, x', v. split; [exact Hx|split; [exact Hv|]]. exists (terms emin (output net) v), h. auto.
Qed.

Lemma mag_perm_part part rest ts : Permutation (nonzero (part ++ rest)) (nonzero ts) ->
  mag (nonzero part) <= mag ts /\ (length (nonzero part) <= length (nonzero ts))%nat.
Proof.
  intro P. rewrite nonzero_app in P. pose proof (mag_perm _ _ P) as M. rewrite mag_app, (mag_nz ts) in M.
    pose proof (mag_pos (nonzero rest)).
  apply Permutation_length in P. rewrite app_length in P. split; [lra|lia].
Qed.
Theorem in_range_small ts n : (length (nonzero ts) <= n)%nat -> INR n * (INR n + 1) * u <= 1 ->
  2 * mag ts + 2 * (INR n * eta) <= largest prec emax ->
  in_range emin prec emax ts.
Proof.
  intros Hn Hu HL part rest s h P H. destruct (mag_perm_part _ _ _ P) as [Pm Pl].
  pose proof (mag_pos ts) as M0. pose proof (pos_INR n) as N0. pose proof (eta0 emin) as E0.
    assert (0 <= INR n * eta) by (apply Rmult_le_pos; auto).
  destruct (drop_zeros F (F0 emin prec Hp) _ _ _ H) as [[_ ->]|[h' E]]; [rewrite Rabs_R0; lra|].
  pose proof (evals_height F _ _ _ E) as Hh. pose proof (any_order_float emin prec Hp _ _ _ E) as A. unfold g in A.
  set (q := nonzero part) in *. pose proof (exact_mag q) as X. pose proof (mag_pos q) as Mq.
  pose proof (unit_range prec Hp) as Ur. destruct (power_close u n ltac:(lra) Hu) as [_ G].
  assert (K : (1 + u) ^ h' <= 2) by (eapply Rle_trans; [apply (pow_mono u Ur h' n); lia|exact G]).
    pose proof (pow_ge1 u Ur h') as K1.
  set (p := (1 + u) ^ h') in *. apply Rle_trans with (p * mag q + INR (length q) * eta * p).
  - replace s with ((s - exact q) + exact q) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
  - assert (p * mag q <= 2 * mag ts) by (apply Rmult_le_compat; lra).
    assert (INR (length q) * eta * p <= INR n * eta * 2); [|lra].
      apply Rmult_le_compat; [apply Rmult_le_pos; [apply pos_INR|exact E0]|lra| |exact K].
    apply Rmult_le_compat_r; [exact E0|]. apply le_INR. lia.
Qed.
End Totals.
