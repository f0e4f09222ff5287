(* THE CLAIM, to be read by eye. Vectors.v defines `dot` and `dist2`, Model.v `near` and `evals`, Formats.v the
   floats; here are networks whose weights are integers in units of eta = 2^(emin-1), half the smallest subnormal
   number, what it means to run one in floats, and what is claimed of it. Nothing in this file is proven; everything
   that a reader has to believe about words is in it. *)
From Coq Require Import Reals List ZArith Permutation.
From Flocq Require Import Core.
From Logwidth Require Import Vectors Model Formats.
Import ListNotations.
Open Scope R_scope.

(* ---- networks: a unit is its weights, one per unit before it, and its bias ---- *)
Definition row := (list Z * Z)%type.
Definition layer := list row.
Record network := { hidden : list layer; output : row }.

(* ---- data: a sample is a list of integers in units of 1/cx, with its label value ---- *)
Definition sample := (list Z * Z)%type.
Definition point (cx : Z) (x : list Z) : list R := map (fun n => IZR n / IZR cx) x.
Definition ball (r : R) (x0 x : list R) := length x = length x0 /\ dist2 x x0 <= r * r.

Section Claim.
Variables emin prec : Z.                                               (* binary32: -149, 24; binary64: -1074, 53 *)
Notation F := (float emin prec).
Definition weight (n : Z) : R := IZR n * tiny emin.
Definition terms (u : row) (v : list R) : list (R * R) := combine (map weight (fst u)) v ++ [(weight (snd u), 1)].

(* s is what a unit sums to: its terms in any order, fused or not; terms of product 0 may be left out or added *)
Definition sums (ts : list (R * R)) (s : R) := exists l h, nonzero l = nonzero ts /\ evals F l s h.

(* one layer, any number of layers, the whole network from a real input that is rounded first *)
Definition after (L : layer) (v v' : list R) := Forall2 (fun u y => exists s, sums (terms u v) s /\ y = Rmax 0 s) L v'.
Fixpoint after_all (Ls : list layer) (v v' : list R) :=
  match Ls with [] => v' = v | L :: Ls' => exists v1, after L v v1 /\ after_all Ls' v1 v' end.
Definition returns (net : network) (x : list R) (out : R) :=
  exists x' v, Forall2 (near F) x x' /\ after_all (hidden net) x' v /\ sums (terms (output net) v) out.

(* CLAIM: around every sample, whatever the order of summation, the network returns exactly the label value *)
Definition labels_all_balls (net : network) (cx : Z) (r : R) (data : list sample) :=
  forall x0 y, In (x0, y) data -> forall x, ball r (point cx x0) x -> forall out, returns net x out -> out = IZR y.

(* NO OVERFLOW: floats above have no upper end. On these balls none is needed: no input, no sum and no partial sum of
   any unit, in any order, exceeds the largest finite float, so that IEEE arithmetic and the floats above agree *)
Variable emax : Z.                                                     (* binary32: 128; binary64: 1024 *)
Definition largest : R := IZR ((2 ^ prec - 1) * 2 ^ (emax - prec)).
Definition in_range (ts : list (R * R)) := forall part rest s h, Permutation (nonzero (part ++ rest)) (nonzero ts) ->
  evals F part s h -> Rabs s <= largest.
Definition never_overflows (net : network) (x : list R) := forall x', Forall2 (near F) x x' ->
  Forall (fun a => Rabs a <= largest) x' /\
  (forall before L behind v, hidden net = before ++ L :: behind -> after_all before x' v ->
    Forall (fun u => in_range (terms u v)) L) /\
  (forall v, after_all (hidden net) x' v -> in_range (terms (output net) v)).
Definition no_overflow_on_balls (net : network) (cx : Z) (r : R) (data : list sample) :=
  forall x0 y, In (x0, y) data -> forall x, ball r (point cx x0) x -> never_overflows net x.
End Claim.

(* LOWER BOUND: no function of k linear units is right on these balls; so, in real arithmetic, no network whose first
   hidden layer has k units, whatever its biases, activations and later layers *)
Definition no_first_layer_of (k : nat) (d : nat) (cx : Z) (r : R) (data : list sample) :=
  forall W : list (list R), Forall (fun w => length w = d) W -> (length W <= k)%nat -> forall f : list R -> R,
  ~ (forall x0 y, In (x0, y) data -> forall x, ball r (point cx x0) x -> f (map (fun w => dot w x) W) = IZR y).
