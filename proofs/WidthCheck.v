(* THE CHECKER of the lower end. A certificate: weights w >= 0 on pairs of samples with different labels, S = sum d l
   l^T (d >= 0), nu >= 0, and a second sum S' = sum d' l' l'^T (d' >= 0) that shows S + nu I - q sum w u u^T to be
   nonnegative up to eps: the rest q' (S + nu I - q sum w u u^T) - S' has absolute row and column sums of at most q'
   eps. All are integers; samples in 1/cx, u = x - y. *)
From Coq Require Import ZArith List Bool.
From Logwidth Require Import Leads Close Claim.
Import ListNotations.

Open Scope Z_scope.
Record pair_weight := { p_weight : Z; p_first : nat; p_second : nat }.
Record width_certificate := {
  w_pairs : list pair_weight; w_nu : Z; w_sum : list (Z * list Z); w_scale : Z;      (* w, nu, S, q *)
  w_shows : list (Z * list Z); w_shows_scale : Z; w_eps : Z }.                       (* S', q', eps *)

Definition matrix := list (list Z).
Definition outer (c : Z) (v : list Z) : matrix := map (fun a => map (fun b => c * a * b) v) v.
Definition madd (A B : matrix) : matrix := map (fun p => zadd (fst p) (snd p)) (combine A B).
Definition msum (d : nat) (l : list (Z * list Z)) : matrix := fold_right (fun p A => madd (outer (fst p) (snd p)) A)
  (repeat (repeat 0 d) d) l.
Definition unit_vector d i := repeat 0 i ++ 1 :: repeat 0 (d - S i)%nat.
Definition column_sums (d : nat) (A : matrix) := fold_right (fun row s => zadd (map Z.abs row) s) (repeat 0 d) A.
Definition zdiff (x y : list Z) := zadd x (map Z.opp y).
Definition no_sample : sample := ([], 0).

Section Check.
Variables (d : nat) (cx rn rd : Z) (data : list sample) (k : nat) (c : width_certificate).
Definition first_of p := nth (p_first p) data no_sample.
Definition second_of p := nth (p_second p) data no_sample.
Definition difference p := zdiff (fst (first_of p)) (fst (second_of p)).
Definition pair_ok p :=
  (0 <=? p_weight p) && Nat.ltb (p_first p) (length data) && Nat.ltb (p_second p) (length data) &&
  negb (snd (first_of p) =? snd (second_of p)).
Definition term_ok (t : Z * list Z) := (0 <=? fst t) && Nat.eqb (length (snd t)) d.
Definition total_weight := zsum (map p_weight (w_pairs c)).
(* S + nu I - q M and what is left of it, as sums of c v v^T *)
Definition rest_terms :=
  map (fun t => (w_shows_scale c * fst t, snd t)) (w_sum c)
    ++ map (fun i => (w_shows_scale c * w_nu c, unit_vector d i)) (seq 0 d)
  ++ map (fun p => (- (w_shows_scale c * w_scale c * p_weight p), difference p)) (w_pairs c)
    ++ map (fun t => (- fst t, snd t)) (w_shows c).
Definition check_width : bool :=
  let rest := msum d rest_terms in let bound := w_shows_scale c * w_eps c in
  (0 <? cx) && (0 <? rd) && (0 <=? rn) && forallb (fun s => Nat.eqb (length (fst s)) d)
    data && forallb pair_ok (w_pairs c) && (0 <? total_weight) &&
  (0 <=? w_nu c) && (0 <? w_scale c) && (0 <? w_shows_scale c) && (0 <=? w_eps c) && forallb term_ok (w_sum c)
    && forallb term_ok (w_shows c) &&
  forallb (fun row => zsum (map Z.abs row) <=? bound) rest && forallb (fun s => s <=? bound) (column_sums d rest) &&
  (rd * rd * (Z.of_nat k * (w_nu c + w_eps c) + zsum (map (fun t => fst t * zdot (snd t) (snd t)) (w_sum c)))
     <=? 4 * (rn * rn) * w_scale c * (cx * cx) * total_weight).
End Check.
