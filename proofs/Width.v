(* WIDTH (docs/theory.md, T1 with T2, p = 2), without eigenvalues: weights w >= 0 on opposite pairs, S = sum d l l^T
   (d >= 0), nu >= 0 with sum w u u^T <= S + nu I and k nu + tr S <= (2 sigma)^2 sum w exclude every first layer of k
   units, for any function behind it. *)
From Coq Require Import Reals List Lra Lia Psatz.
From Logwidth Require Import Vectors Margin Gram.
Import ListNotations.
Open Scope R_scope.

Section Width.
Variable d : nat.
Definition vec (v : list R) := length v = d.

Lemma dot_scale_r c u v : dot u (scale c v) = c * dot u v.
Proof. rewrite dot_comm, dot_scale, dot_comm. auto. Qed.
Lemma dot_vsub_r x u v : length u = length v -> dot x (vsub u v) = dot x u - dot x v.
Proof. intro H. rewrite dot_comm, dot_vsub by auto. rewrite !(dot_comm x). auto. Qed.
Lemma vec_vsub u v : vec u -> vec v -> vec (vsub u v).
Proof. unfold vec. intros. rewrite length_vsub; congruence. Qed.
Lemma vec_scale c u : vec u -> vec (scale c u).
Proof. unfold vec. rewrite length_scale. auto. Qed.

Fixpoint orth (B : list (list R)) := match B with [] => True
  | p :: B' => vec p /\ dot p p = 1 /\ (forall q, In q B' -> dot p q = 0) /\ orth B' end.
Fixpoint res (B : list (list R)) v := match B with [] => v | p :: B' => let v' := res B' v in vsub v' (scale (dot p v')
  p) end.
Lemma orth_vec B p : orth B -> In p B -> vec p.
Proof. induction B as [|q B IH]; simpl; [tauto|]. intros [V [_ [_ H]]] [<-|Hp]; auto. Qed.
Lemma res_vec B v : orth B -> vec v -> vec (res B v).
Proof. induction B as [|q B IH]; simpl; intros H V; [auto|]. destruct H as [Vq [_ [_ H]]].
  apply vec_vsub; [auto|apply vec_scale; auto]. Qed.
Lemma res_dot B v x : orth B -> vec v -> (forall q, In q B -> dot x q = 0) -> dot x (res B v) = dot x v.
Proof. induction B as [|q B IH]; simpl; intros H V K; [auto|]. destruct H as [Vq [_ [_ H]]].
  rewrite dot_vsub_r, dot_scale_r by (rewrite length_scale, Vq; apply res_vec; auto). rewrite IH by auto.
    rewrite (K q) by auto. ring. Qed.
Lemma res_perp B v p : orth B -> vec v -> In p B -> dot p (res B v) = 0.
Proof. induction B as [|q B IH]; [simpl; tauto|]. simpl; intros H V [<-|Hp]; destruct H as [Vq [U [O H]]].
  - rewrite dot_vsub_r, dot_scale_r, U by (rewrite length_scale, Vq; apply res_vec; auto). ring.
  - rewrite dot_vsub_r, dot_scale_r, IH by (auto; rewrite length_scale, Vq; apply res_vec; auto).
    rewrite (dot_comm p q), (O p) by auto. ring. Qed.
Lemma res_norm B v : orth B -> vec v -> dot (res B v) (res B v) = dot v v - sumf (fun p => dot p v * dot p v) B.
Proof. induction B as [|q B IH]; intros H V; [unfold sumf; simpl; ring|]. destruct H as [Vq [U [O H]]].
  cbn [res sumf fold_right].
  set (v' := res B v) in *. assert (V' : vec v') by (apply res_vec; auto). unfold vec in *.
  rewrite dot_vsub, !dot_vsub_r, !dot_scale, !dot_scale_r, U by (rewrite length_scale; congruence).
  rewrite (dot_comm v' q). assert (E : dot q v' = dot q v) by (apply res_dot; auto). rewrite E.
  specialize (IH H V). fold v' in IH. rewrite IH. unfold sumf. ring. Qed.
Lemma bessel B v : orth B -> vec v -> sumf (fun p => dot p v * dot p v) B <= dot v v.
Proof. intros H V. pose proof (res_norm B v H V). pose proof (dot_nonneg (res B v)). lra. Qed.

Lemma gram_schmidt W : Forall vec W -> exists B, orth B /\ (length B <= length W)%nat /\
  forall v, vec v -> (forall p, In p B -> dot p v = 0) -> forall w, In w W -> dot w v = 0.
Proof.
  induction 1 as [|w W Hw HW IH]; [exists []; simpl; repeat split; auto; tauto|].
  destruct IH as [B [HB [LB KB]]]. set (e := res B w). assert (Ve : vec e) by (apply res_vec; auto).
  assert (A : forall v, vec v -> (forall p, In p B -> dot p v = 0) -> dot w v = dot e v).
  { intros v V K. rewrite (dot_comm w), (dot_comm e). symmetry. apply res_dot; auto. intros q Hq. rewrite dot_comm. auto. }
  destruct (Req_dec (dot e e) 0) as [Z|Z].
  - exists B. split; [auto|split; [simpl; lia|]]. intros v V K x [<-|Hx]; [|eapply KB; eauto].
    rewrite A by auto. pose proof (cauchy_schwarz e v) as CS. rewrite Z in CS. nra.
  - assert (P : 0 < dot e e) by (pose proof (dot_nonneg e); lra). set (c := / sqrt (dot e e)).
    assert (C : c * c * dot e e = 1).
    { unfold c. rewrite <- (sqrt_sqrt (dot e e)) at 3 by lra. field. intro Q. apply sqrt_eq_0 in Q; lra. }
    assert (C0 : c <> 0) by (intro Q; rewrite Q in C; lra).
    exists (scale c e :: B). split; [|split; [simpl; lia|]].
    + simpl. split; [apply vec_scale; auto|]. split; [rewrite dot_scale, dot_scale_r; lra|]. split; [|auto].
      intros q Hq. rewrite dot_scale, (dot_comm e q). unfold e. rewrite (res_perp B w q) by auto. ring.
    + intros v V K x Hx. assert (KB' : forall p, In p B -> dot p v = 0) by (intros; apply K; right; auto).
      destruct Hx as [<-|Hx]; [|eapply KB; eauto]. rewrite A by auto.
      pose proof (K (scale c e) (or_introl eq_refl)) as K0. rewrite dot_scale in K0. apply Rmult_integral in K0. tauto.
Qed.

(* a weighted pair: weight, the two samples *)
Variable Lab : Type.
Variable label : list R -> Lab -> Prop.     (* sample x carries label c *)
Definition robust (r2 : R) (f : list R -> Lab) := forall x c, label x c -> forall y, in_ball r2 x y -> f y = c.
Definition pair := (R * (list R * list R))%type.
Definition diff (p : pair) := vsub (fst (snd p)) (snd (snd p)).
Variable pairs : list pair.
Hypothesis Hpairs : forall p, In p pairs -> 0 <= fst p /\ vec (fst (snd p)) /\ vec (snd (snd p)) /\
  exists c c', label (fst (snd p)) c /\ label (snd (snd p)) c' /\ c <> c'.
Variables (k : nat) (nu sigma : R) (S : list (R * list R)).
Hypothesis HS : forall q, In q S -> 0 <= fst q /\ vec (snd q).
Hypothesis Hnu : 0 <= nu.
Hypothesis Hw : 0 < sumf (fun p : pair => fst p) pairs.
Hypothesis dominated : forall v, vec v ->
  sumf (fun p => fst p * (dot (diff p) v * dot (diff p) v)) pairs <= sumf (fun q => fst q * (dot (snd q)
    v * dot (snd q) v)) S + nu * dot v v.
Hypothesis small : INR k * nu + sumf (fun q => fst q * dot (snd q) (snd q)) S <= 4 * (sigma * sigma)
  * sumf (fun p : pair => fst p) pairs.

Lemma sumf_cons {A : Type} (f : A -> R) x l : sumf f (x :: l) = f x + sumf f l. Proof. reflexivity. Qed.
Lemma vec_diff p : In p pairs -> vec (diff p).
Proof. intro H. destruct (Hpairs p H) as [_ [A [B _]]]. apply vec_vsub; auto. Qed.
Lemma weighted_min (f : pair -> R) c : sumf (fun p : pair => fst p * f p) pairs <= c * sumf (fun p : pair => fst p)
  pairs -> exists p, In p pairs /\ f p <= c.
Proof.
  intro H. assert (N : forall p, In p pairs -> 0 <= fst p) by (intros; apply Hpairs; auto).
  clear - H Hw N. destruct (Classical_Prop.classic (exists p, In p pairs /\ f p <= c)) as [|Q]; [auto|exfalso].
  assert (G : forall p, In p pairs -> c < f p) by (intros p Hp; apply Rnot_le_lt; intro; apply Q; eauto). clear Q.
  assert (L : forall l : list pair, (forall p : pair, In p l -> 0 <= fst p /\ c < f p) ->
     0 <= sumf (fun p : pair => fst p) l /\ c * sumf (fun p : pair => fst p) l <= sumf (fun p : pair => fst p * f p)
       l /\ (0 < sumf (fun p : pair => fst p) l -> c * sumf (fun p : pair => fst p)
       l < sumf (fun p : pair => fst p * f p) l)).
  { induction l as [|p l IH]; intro K; [simpl; lra|]. destruct (K p (or_introl eq_refl)) as [A B].
    destruct (IH (fun q Hq => K q (or_intror Hq))) as [C [D E]]. rewrite !sumf_cons.
    set (s1 := sumf (fun p : pair => fst p) l) in *. set (s2 := sumf (fun p : pair => fst p * f p) l) in *.
    pose proof (Rmult_le_compat_l (fst p) c (f p) A (Rlt_le _ _ B)) as X. split; [lra|split; [lra|]]. intro P.
    destruct (Req_dec (fst p) 0) as [Z|Z]; [assert (P1 : 0 < s1) by lra; pose proof (E P1); lra|].
    assert (P2 : 0 < fst p) by lra. pose proof (Rmult_lt_compat_l (fst p) c (f p) P2 B). lra. }
  destruct (L pairs ltac:(auto)) as [_ [_ X]]. specialize (X Hw). lra.
Qed.

Theorem no_width_k : forall W, Forall vec W -> (length W <= k)%nat ->
  forall (G : list R -> Lab), ~ robust (sigma * sigma) (fun x => G (apply_rows W x)).
Proof.
  intros W HW LW G Hf. destruct (gram_schmidt W HW) as [B [HB [LB KB]]].
  destruct (weighted_min (fun p => sumf (fun b => dot b (diff p) * dot b (diff p)) B) (4 * (sigma * sigma)))
    as [p [Hp Small]].
  { eapply Rle_trans; [|exact small].
    assert (E1 : sumf (fun p => fst p * sumf (fun b => dot b (diff p) * dot b (diff p)) B) pairs =
                 sumf (fun b => sumf (fun p => fst p * (dot (diff p) b * dot (diff p) b)) pairs) B).
    { rewrite <- sumf_swap. apply sumf_ext. intros p _. rewrite <- sumf_scale. apply sumf_ext. intros b _.
      rewrite (dot_comm b). auto. }
    eapply Rle_trans; [right; exact E1|]. eapply Rle_trans; [apply sumf_le; intros b Hb; apply dominated, (orth_vec B);
      auto|].
    rewrite sumf_plus, Rplus_comm. apply Rplus_le_compat.
    - assert (E2 : sumf (fun b => nu * dot b b) B = INR (length B) * nu).
      { clear - HB. induction B as [|b B IH]; [simpl; ring|]. destruct HB as [_ [U [_ HB]]].
        cbn [sumf fold_right length]. rewrite S_INR, U. unfold sumf in IH. rewrite IH by auto. ring. }
      eapply Rle_trans; [right; exact E2|]. apply Rmult_le_compat_r; [auto|]. apply le_INR. lia.
    - rewrite sumf_swap. apply sumf_le. intros q Hq. rewrite sumf_scale. destruct (HS q Hq) as [A C].
      apply Rmult_le_compat_l; [auto|].
      eapply Rle_trans; [|apply (bessel B (snd q)); auto]. right. apply sumf_ext. intros b _. rewrite (dot_comm b). auto. }
  destruct (Hpairs p Hp) as [_ [Vx [Vy [c [c' [Lx [Ly Ne]]]]]]]. set (x := fst (snd p)) in *. set (y := snd (snd p)) in *.
  pose proof (vec_diff p Hp) as Vu. set (uu := diff p) in *. set (v := res B uu).
    assert (Vv : vec v) by (apply res_vec; auto).
  set (h := scale (/ 2) (vsub uu v)). assert (Vh : vec h) by (apply vec_scale, vec_vsub; auto).
  assert (Nh : dot h h <= sigma * sigma).
  { unfold h. rewrite dot_scale, dot_scale_r. unfold vec in *. rewrite dot_vsub, !dot_vsub_r by congruence.
    assert (E : dot v uu = dot v v). { symmetry. apply (res_dot B uu v HB Vu). intros q Hq. rewrite dot_comm.
      apply res_perp; auto. }
    rewrite (dot_comm uu v), E. pose proof (res_norm B uu HB Vu) as R. fold v in R. lra. }
  assert (Ba : in_ball (sigma * sigma) x (vsub x h)).
  { split; [unfold vec in *; rewrite length_vsub; congruence|]. unfold vec in *.
    assert (Ln : length (vsub x h) = length x) by (rewrite length_vsub; congruence).
    repeat first [rewrite dot_vsub by congruence | rewrite dot_vsub_r by congruence]. rewrite (dot_comm h x). lra. }
  assert (Bb : in_ball (sigma * sigma) y (vadd y h)).
  { assert (Ln : length (vadd y h) = length y) by (unfold vec in *; rewrite length_vadd; congruence). split; [auto|].
    unfold vec in *.
    repeat first [rewrite dot_vsub by congruence | rewrite dot_vsub_r by congruence | rewrite dot_vadd by congruence |
      rewrite dot_vadd_r by congruence].
    rewrite (dot_comm h y). lra. }
  assert (Same : apply_rows W (vsub x h) = apply_rows W (vadd y h)).
  { unfold apply_rows. apply map_ext_in. intros w Hw'. pose proof (KB v Vv (fun q Hq => res_perp B uu q HB Vu Hq)
    w Hw') as K.
    unfold vec in *. rewrite dot_vsub_r by congruence. rewrite (dot_comm w (vadd y h)), dot_vadd by congruence.
      rewrite (dot_comm y w), (dot_comm h w).
    unfold h. rewrite dot_scale_r, dot_vsub_r by congruence. rewrite K. unfold uu, diff. fold x y.
      rewrite dot_vsub_r by congruence. field. }
  apply Ne. rewrite <- (Hf x c Lx _ Ba), <- (Hf y c' Ly _ Bb). rewrite Same. auto.
Qed.
End Width.
