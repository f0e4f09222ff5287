(* THE CHECKER'S COMPARISON against overflow: the terms of every unit that a run can meet, in integers. Nothing is
   proven here. *)
From Coq Require Import ZArith List Bool.
From Logwidth Require Import Claim Form Leads Close Check.
Import ListNotations.

Open Scope Z_scope.
Section RangeCheck.
Variables emin prec emax : Z.
Notation one := (one_z emin).
Definition top_z := (2 ^ prec - 1) * 2 ^ (emax - prec).
Variable f : form.
Variables cx rn rd : Z.
Variable bd : bounds.
Notation so := (score_one emin cx).
Notation Bq := (b_top emin cx bd).
(* |x|, in units of 1/(cx rd) *)
Definition input_ok (x : list Z) := forallb (fun n => 2 * (Z.abs n * rd + rn * cx) + cx * rd <=? top_z * (cx * rd)) x.
(* a row of the first layer, in units of coordinates *)
Definition row_range t b size := 4 * (2 * size + cx * (zabs_sum t / one + 1) + Z.abs b * cx) <=? top_z * (one * cx).
(* a score, and k + inc + rate r *)
Definition score_range (md : middle) :=
  4 * (zdot (map Z.abs (m_w md)) (tops bd) + Z.abs (m_b md) * so + 2 * Bq) <=? top_z * (so * one).
Definition rate_range (rate : Z) := 4 * (2 * zsum (incs f) * (so * one * one) + rate * Bq) <=? top_z * (so * one * one).
Definition range_ok (xs : list (list Z)) :=
  (4 <=? top_z) && (0 <=? emax - prec) && ((of_nat (m_of_f f) + 4) * (of_nat (m_of_f f) + 5) <=? pow_p prec) &&
  (4 * (zsum (incs f) + Z.abs (f_top f)) <=? top_z) && forallb input_ok xs &&
  forallb (fun p => row_range (fst (fst p)) (snd (fst p)) (rb_size (snd p))) (combine (combine (f_T f) (f_b f))
    (b_rows bd)) &&
  match b_rows bd with rb :: _ => row_range (hd [] (f_T f)) (f_twin f) (rb_size rb) | [] => false end &&
  forallb (fun n => 4 * n <=? top_z * (one * cx)) (tops bd) &&
  forallb score_range (f_second f :: f_middles f) && forallb rate_range (map m_rate (f_middles f) ++ [f_rate f]) &&
  (4 * (zsum (incs f) * (so * one) + m_rate (f_second f) * (hd 0 (tops bd) + (Z.abs (f_twin f) + Z.abs (hd 0 (f_b f)))
    * cx + b_twin bd))
     <=? top_z * (so * one)).
End RangeCheck.
Definition check_range (emin prec emax : Z) (net : network) (cx rn rd : Z) (data : list sample) (bd : bounds) : bool :=
  range_ok emin prec emax (read_form (one_z emin) net) cx rn rd bd (map fst data).
