(* LEADS. An integer check that one piece leads others on the balls of samples, by at least `req` at exact
   coordinates, and its theorem. Numbers are integers at common exponents: T and scores' weights in units qT and qw,
   samples in units 1/cx. *)
From Coq Require Import Reals List Lra Lia Psatz ZArith Bool.
From Logwidth Require Import Vectors Margin Gram.
Import ListNotations.
Open Scope R_scope.

Fixpoint zdot (u v : list Z) : Z := match u, v with (a :: s)%list, (b :: t)%list => (a * b + zdot s t)%Z | _, _ => 0%Z end.
Fixpoint zdist2 (u v : list Z) : Z := match u, v with (a :: s)%list, (b :: t)%list => let h := (a - b)%Z in (h * h +
  zdist2 s t)%Z | _, _ => 0%Z end.
Fixpoint zadd (u v : list Z) : list Z := match u, v with (a :: s)%list, (b :: t)%list => ((a + b)%Z :: zadd s t)%list |
  _, _ => []%list end.
Definition zimage (T : list (list Z)) (b x : list Z) := zadd (map (fun row => zdot row x) T) b.
Record piece := { pw : list Z; pb : Z }.
Definition zscore p z := (zdot (pw p) z + pb p)%Z.
Definition rowsum T p := fold_right (fun q s => (Z.abs (zdot q p) + s)%Z) 0%Z T.
Definition rows_ok d m T (b : list Z) rho :=
  (forallb (fun row => Nat.eqb (length row) d) T && Nat.eqb (length T) m && Nat.eqb (length b) m
   && forallb (fun p => Z.leb (rowsum T p) rho) T)%bool.
(* radius^2 = r2n / r2d, inputs are integers over cx; everything else has a common exponent that cancels *)
Definition check_pair r2n r2d cx rho h2 D := (Z.leb 0 D && Z.leb (r2n * rho * h2 * (cx * cx)) (r2d * (D * D)))%bool%Z.
Definition check_group d m T b r2n r2d cx rho req (s : piece) (opp : list piece) (samples : list (list Z)) :=
  let hs := map (fun p => (p, zdist2 (pw s) (pw p))) opp in
  (Nat.eqb (length (pw s)) m && forallb (fun p => Nat.eqb (length (pw p)) m) opp &&
   forallb (fun x => Nat.eqb (length x) d &&
     let z := zimage T b x in let a := zscore s z in
     forallb (fun ph => check_pair r2n r2d cx rho (snd ph) (a - zscore (fst ph) z - req)) hs) samples)%bool%Z.

Definition rv q (l : list Z) := map (fun n => IZR n * q) l.
Lemma rv_dot p q a b : dot (rv p a) (rv q b) = IZR (zdot a b) * (p * q).
Proof. revert b; induction a; intros [|b0 b]; simpl; try ring. rewrite IHa, plus_IZR, mult_IZR. ring. Qed.
Lemma rv_dist p a b : length a = length b -> dot (vsub (rv p a) (rv p b)) (vsub (rv p a) (rv p b)) = IZR (zdist2 a b)
  * (p * p).
Proof.
  unfold vsub. revert b; induction a; intros [|b0 b] H; simpl in *; try discriminate; try ring.
  rewrite IHa by lia. rewrite plus_IZR, mult_IZR, minus_IZR. ring.
Qed.
Lemma rv_add q a b : vadd (rv q a) (rv q b) = rv q (zadd a b).
Proof. revert b; induction a; intros [|b0 b]; simpl; auto. rewrite IHa, plus_IZR. f_equal. ring. Qed.
Lemma rv_length q a : length (rv q a) = length a. Proof. apply map_length. Qed.

Section Sound.
Variables (d m : nat) (T : list (list Z)) (b : list Z) (r2n r2d cx rho req : Z) (qT qw : R).
Hypothesis Hc : (0 < cx)%Z.
Hypothesis Hd : (0 < r2d)%Z.
Hypothesis Hn : (0 <= r2n)%Z.
Hypothesis HqT : 0 < qT.
Hypothesis Hqw : 0 < qw.
Definition qx := / IZR cx.
Definition qz := qT * qx.
Definition qa := qw * qz.
Definition RT := map (rv qT) T.
Definition Rb := rv qz b.
Definition Rp (p : piece) : list R * R := (rv qw (pw p), IZR (pb p) * qa).
Hypothesis Hrows : rows_ok d m T b rho = true.

Lemma rows_spec : Forall (fun row => length row = d) RT /\ length RT = m /\ length Rb = m /\ (forall p, In p RT ->
  sumf (fun q => Rabs (dot q p)) RT <= IZR rho * (qT * qT)).
Proof.
  unfold rows_ok in Hrows. rewrite !andb_true_iff, !forallb_forall in Hrows. destruct Hrows as [[[A B] C] D].
  apply Nat.eqb_eq in B. apply Nat.eqb_eq in C. unfold RT, Rb. rewrite map_length, rv_length. repeat split; auto.
  - apply Forall_forall. intros row Hr. apply in_map_iff in Hr. destruct Hr as [r [<- Hr]]. rewrite rv_length.
    apply Nat.eqb_eq, A; auto.
  - intros p Hp. apply in_map_iff in Hp. destruct Hp as [z [<- Hz]]. specialize (D z Hz). apply Z.leb_le in D.
    rewrite sumf_map. assert (E : forall l, sumf (fun x => Rabs (dot (rv qT x) (rv qT z))) l = IZR (rowsum l z) * (qT * qT)).
    { induction l as [|x l IH]; simpl; [ring|]. rewrite IH, rv_dot, plus_IZR, abs_IZR, Rabs_mult.
      rewrite (Rabs_right (qT * qT)) by nra. ring. }
    rewrite E. apply Rmult_le_compat_r; [nra|]. apply IZR_le; auto.
Qed.
Lemma image_rv x : image Rb RT (rv qx x) = rv qz (zimage T b x).
Proof. unfold image, zimage, RT, Rb, apply_rows. rewrite <- rv_add. f_equal. rewrite map_map. unfold rv at 3.
  rewrite map_map.
  apply map_ext. intro r. rewrite rv_dot. unfold qz. reflexivity. Qed.
Lemma score_rv p z : score (Rp p) (rv qz z) = IZR (zscore p z) * qa.
Proof. unfold score, Rp, zscore. simpl. rewrite rv_dot, plus_IZR. unfold qa. ring. Qed.

Theorem check_group_sound s opp samples :
  check_group d m T b r2n r2d cx rho req s opp samples = true ->
  forall x0, In x0 samples -> forall x, in_ball (IZR r2n / IZR r2d) (rv qx x0) x ->
  forall p, In p opp -> IZR req * qa <= score (Rp s) (image Rb RT x) - score (Rp p) (image Rb RT x).
Proof.
  unfold check_group. rewrite !andb_true_iff, !forallb_forall. intros [[Ls Lo] H] x0 H0 x Hx p Hp.
  specialize (H x0 H0). rewrite andb_true_iff, forallb_forall in H. destruct H as [L0 H].
  specialize (H (p, zdist2 (pw s) (pw p)) ltac:(apply in_map_iff; exists p; auto)). cbn [fst snd] in H.
  specialize (Lo p Hp). apply Nat.eqb_eq in Ls. apply Nat.eqb_eq in Lo. apply Nat.eqb_eq in L0.
  unfold check_pair in H. apply andb_true_iff in H. destruct H as [D0 D1]. apply Z.leb_le in D0. apply Z.leb_le in D1.
  destruct rows_spec as [A [B [C R]]].
  assert (Pcx : 0 < IZR cx) by (apply IZR_lt; auto). assert (Pd : 0 < IZR r2d) by (apply IZR_lt; auto).
  assert (Pn : 0 <= IZR r2n) by (apply IZR_le; auto).
  assert (Pqx : 0 < qx) by (apply Rinv_0_lt_compat; auto). assert (Pqz : 0 < qz) by (apply Rmult_lt_0_compat; auto).
  assert (Pqa : 0 < qa) by (apply Rmult_lt_0_compat; auto).
  set (D := (zscore s (zimage T b x0) - zscore p (zimage T b x0) - req)%Z) in *.
  set (h2 := zdist2 (pw s) (pw p)) in *.
  assert (ED : score (Rp s) (image Rb RT (rv qx x0)) - score (Rp p) (image Rb RT (rv qx x0)) - IZR req * qa = IZR D * qa).
  { rewrite image_rv, !score_rv. unfold D. rewrite !minus_IZR. ring. }
  assert (Eh : dot (vsub (fst (Rp s)) (fst (Rp p))) (vsub (fst (Rp s)) (fst (Rp p))) = IZR h2 * (qw * qw)).
  { apply rv_dist. lia. }
  assert (Lh : length (vsub (fst (Rp s)) (fst (Rp p))) = length RT).
  { simpl. rewrite length_vsub by (rewrite !rv_length; lia). rewrite rv_length. lia. }
  pose proof (schur d RT A _ _ Lh R) as SC. rewrite Eh in SC.
  set (N := IZR rho * (qT * qT) * (IZR h2 * (qw * qw))) in *.
  apply (margin d m Rb RT A B C (Rp s) (Rp p) (rv qx x0) x (IZR r2n / IZR r2d) N (IZR req * qa)).
  - simpl. rewrite rv_length. auto.
  - simpl. rewrite rv_length. auto.
  - rewrite rv_length. auto.
  - exact Hx.
  - exact SC.
  - eapply Rle_trans; [apply dot_nonneg|exact SC].
  - rewrite ED. apply Rmult_le_pos; [apply IZR_le; auto|lra].
  - rewrite ED. apply IZR_le in D1. rewrite !mult_IZR in D1.
    apply Rmult_le_reg_r with (IZR r2d * (IZR cx * IZR cx)); [apply Rmult_lt_0_compat; nra|].
    replace (IZR r2n / IZR r2d * N * (IZR r2d * (IZR cx * IZR cx))) with
      (IZR r2n * IZR rho * IZR h2 * (IZR cx * IZR cx) * (qT * qT * (qw * qw))) by (unfold N; field; lra).
    replace (IZR D * qa * (IZR D * qa) * (IZR r2d * (IZR cx * IZR cx))) with
      (IZR r2d * (IZR D * IZR D) * (qT * qT * (qw * qw))) by (unfold qa, qz, qx; field; lra).
    apply Rmult_le_compat_r; [|exact D1]. apply Rmult_le_pos; apply Rle_0_sqr.
Qed.
End Sound.
