(* THE FORMATS. `float emin prec`: the numbers n 2^e with |n| < 2^prec and e >= emin: IEEE binary32 is (-149, 24),
   binary64 is (-1074, 53), gradual underflow included, without an upper end. They satisfy what Model.v assumes of F.
   *)
From Coq Require Import Reals List Lra Lia Psatz.
From Flocq Require Import Core Plus_error Relative.
From Logwidth Require Import Model.
Import ListNotations.
Open Scope R_scope.

Definition float (emin prec : Z) (x : R) := exists n e : Z, (Z.abs n < 2 ^ prec)%Z /\ (emin <= e)%Z /\
  x = IZR n * bpow radix2 e.

Section Formats.
Variables emin prec : Z.
Hypothesis Hp : (1 < prec)%Z.
Notation F := (float emin prec).
Notation flocq := (generic_format radix2 (FLT_exp emin prec)).
Definition unit := (/ 2 * bpow radix2 (1 - prec))%R.           (* unit roundoff: 2^-24, 2^-53 *)
Definition tiny := (/ 2 * bpow radix2 emin)%R.                 (* half the smallest subnormal number *)
#[local] Instance Hprec : Prec_gt_0 prec. Proof. unfold Prec_gt_0; lia. Qed.

Lemma float_flocq x : F x <-> flocq x.
Proof.
  split.
  - intros [n [e [Hn [He ->]]]]. apply generic_format_FLT. exists (Float radix2 n e); [reflexivity|exact Hn|exact He].
  - intro H. apply FLT_format_generic in H; [|exact Hprec]. destruct H as [[n e] Hx Hn He]. exists n, e. auto.
Qed.
Lemma near_flocq e v : near F e v <-> near flocq e v.
Proof.
  unfold near, Rnd_N_pt. rewrite float_flocq. split; intros [A B]; (split; [exact A|]); intros y Hy; apply B;
    apply float_flocq; exact Hy.
Qed.

Definition half (x : Z) := negb (Z.even x).
Lemma near_total e : exists v, near F e v.
Proof.
  exists (round radix2 (FLT_exp emin prec) (Znearest half) e). apply near_flocq. apply round_N_pt. typeclasses eauto.
Qed.
Lemma float_0 : F 0. Proof. apply float_flocq, generic_format_0. Qed.
Lemma float_opp x : F x -> F (- x).
Proof. intro H. apply float_flocq, generic_format_opp, float_flocq, H. Qed.
Lemma best e v : near F e v -> Rabs (v - e) <= Rabs (round radix2 (FLT_exp emin prec) (Znearest half) e - e).
Proof. intro N. apply near_flocq in N. destruct N as [_ H]. apply H. apply generic_format_round; typeclasses eauto. Qed.

Lemma near_err e v : near F e v -> Rabs (v - e) <= unit * Rabs e + tiny.
Proof.
  intro H. eapply Rle_trans; [apply best, H|].
  destruct (error_N_FLT radix2 emin prec Hprec half e) as [eps [et [H1 [H2 [H3 ->]]]]].
  replace (e * (1 + eps) + et - e) with (eps * e + et) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat; [|exact H2].
  rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|]. unfold unit.
    replace (1 - prec)%Z with (- prec + 1)%Z by ring. exact H1.
Qed.
(* sums never underflow inexactly *)
Lemma near_sum a b v : F a -> F b -> near F (a + b) v -> Rabs (v - (a + b)) <= unit * Rabs (a + b).
Proof.
  intros Ha Hb H. eapply Rle_trans; [apply best, H|]. apply float_flocq in Ha. apply float_flocq in Hb.
  destruct (FLT_plus_error_N_ex radix2 emin prec half a b Ha Hb) as [eps [H1 ->]].
  replace ((a + b) * (1 + eps) - (a + b)) with (eps * (a + b)) by ring. rewrite Rabs_mult.
  apply Rmult_le_compat_r; [apply Rabs_pos|]. eapply Rle_trans; [exact H1|].
  unfold unit, u_ro. replace (1 - prec)%Z with (- prec + 1)%Z by ring.
  set (q := / 2 * bpow radix2 (- prec + 1)). assert (0 < q) by (unfold q; pose proof (bpow_gt_0 radix2 (- prec + 1)); lra).
  apply Rmult_le_reg_r with (1 + q); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra.
Qed.
Lemma unit_range : 0 <= unit < 1.
Proof. unfold unit. pose proof (bpow_gt_0 radix2 (1 - prec)). split; [lra|].
  assert (A : bpow radix2 (1 - prec) <= bpow radix2 0) by (apply bpow_le; lia). change (bpow radix2 0) with 1 in A. lra. Qed.
Lemma tiny_pos : 0 < tiny.
Proof. unfold tiny. pose proof (bpow_gt_0 radix2 emin). lra. Qed.
(* integers up to 2^prec are floats *)
Lemma float_int n : (emin <= 0)%Z -> (Z.abs n <= 2 ^ prec)%Z -> F (IZR n).
Proof.
  intros He Hn. apply float_flocq. destruct (Z.eq_dec (Z.abs n) (2 ^ prec)) as [E|E].
  - assert (A : flocq (bpow radix2 prec)) by (apply generic_format_FLT_bpow; [exact Hprec|lia]).
    assert (B : IZR (2 ^ prec) = bpow radix2 prec) by (rewrite <- IZR_Zpower by lia; reflexivity).
    destruct (Z.abs_eq_or_opp n) as [K|K]; rewrite K in E.
    + rewrite E, B. exact A.
    + replace n with (- (2 ^ prec))%Z by lia. rewrite opp_IZR, B. apply generic_format_opp. exact A.
  - apply generic_format_FLT. exists (Float radix2 n 0); simpl; [unfold F2R; simpl; ring|unfold radix2; simpl; lia|exact He].
Qed.
(* powers of two are floats *)
Lemma float_bpow e : (emin <= e)%Z -> F (bpow radix2 e).
Proof. intro H. apply float_flocq, generic_format_FLT_bpow; [exact Hprec|exact H]. Qed.

Theorem any_order_float l v h : evals F l v h -> Rabs (v - exact l) <= g unit h * mag l + INR (length l)
  * tiny * (1 + unit) ^ h.
Proof. apply any_order; [exact unit_range|left; exact tiny_pos|exact near_err|exact near_sum]. Qed.
End Formats.
