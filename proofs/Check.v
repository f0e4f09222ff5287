(* THE CHECKER of the upper end: a boolean of integers. `check` compares the stored network with the one that its form
   stands for, and then asks for the inequalities of FirstLayer.v, Trace.v and Leads.v, with bounds that whoever
   writes the certificate may choose as he likes. Nothing is proven in this file (CheckSound.v); nothing in it is a
   float. Units: weights in eta = 2^(emin-1), samples in 1/cx, coordinates in eta/cx, scores in eta^2/cx. *)
From Coq Require Import ZArith List Bool.
From Logwidth Require Import Claim Form Leads Close.
Import ListNotations.
Open Scope Z_scope.

(* for one coordinate of the first layer: how far a ball moves it, the size of its terms, its rounding error, its
  largest value *)
Record row_bound := { rb_move : Z; rb_size : Z; rb_error : Z; rb_top : Z }.
Record bounds := {
  b_rows : list row_bound; b_twin : Z;       (* per coordinate, and the rounding error of the twin *)
  b_log : Z;                                 (* s + r <= 2^b_log eta *)
  b_error : Z;                               (* error of every score, in units of scores *)
  b_rate : Z;                                (* least rate of clearing the register *)
  b_base : Z; b_req : Z;                     (* what clearing needs of a lead; the lead required in all *)
  b_rho : Z }.                               (* bound on the row sums of T T^T *)
(* a sample's own piece, and the first and last piece of its class *)
Record cover := { c_lo : nat; c_hi : nat; c_own : nat }.

Section Check.
Variables emin prec : Z.
Definition one_z := 2 ^ (1 - emin).
Notation one := one_z.
Definition pow_p := 2 ^ prec.
Variable f : form.
Variables cx rn rd : Z.                      (* samples in units of 1/cx; radius rn/rd *)
Variable bd : bounds.
Definition m_of_f := length (f_T f).
Definition d_of_f := length (hd [] (f_T f)).
Definition zabs_sum (t : list Z) := zsum (map Z.abs t).
Definition score_one := cx * one.            (* eta in units of scores *)
Definition b_top := 2 ^ b_log bd * score_one.
Definition of_nat n := Z.of_nat n.

(* rounding of T x + b: (d+3) u (size + |b|) + 2 eta (sum |t| + d + 1) <= error *)
Definition error_ok t b size error :=
  (of_nat d_of_f + 3) * (size + Z.abs b * cx) + pow_p * (2 * cx * (zabs_sum t / one + 1 + of_nat d_of_f + 1))
    <=? pow_p * error.
Definition row_ok (xs : list (list Z)) (t : list Z) (b : Z) (rb : row_bound) :=
  (0 <=? rb_move rb) && (0 <=? rb_top rb) && (rn * rn * zdot t t * (cx * cx) <=? rd * rd * (rb_move rb * rb_move rb)) &&
  forallb (fun x => let a := zdot t x + b * cx in
    (rb_move rb <=? a) && (a + rb_move rb + rb_error rb <=? rb_top rb) &&
    (zdot (map Z.abs t) (map Z.abs x) + rb_move rb <=? rb_size rb)) xs &&
  error_ok t b (rb_size rb) (rb_error rb).
Definition first_ok (xs : list (list Z)) :=
  forallb (fun t => Nat.eqb (length t) d_of_f) (f_T f) && Nat.eqb (length (f_b f))
    m_of_f && Nat.eqb (length (b_rows bd)) m_of_f &&
  Nat.leb 1 m_of_f && forallb (fun x => Nat.eqb (length x) d_of_f) xs &&
  forallb (fun p => row_ok xs (fst (fst p)) (snd (fst p)) (snd p)) (combine (combine (f_T f) (f_b f)) (b_rows bd)) &&
  match b_rows bd with rb :: _ => error_ok (hd [] (f_T f)) (f_twin f) (rb_size rb) (b_twin bd) | [] => false end.

Definition errors := map rb_error (b_rows bd).
Definition tops := map rb_top (b_rows bd).
(* rounding of a score, and its largest value on all balls *)
Definition score_ok (md : middle) :=
  Nat.eqb (length (m_w md)) m_of_f &&
  ((of_nat m_of_f + 4) * (zdot (map Z.abs (m_w md)) tops + Z.abs (m_b md) * score_one + 2 * b_top) + 2 * b_top
     + pow_p * (zdot (map Z.abs (m_w md)) errors + (2 * of_nat m_of_f + 7) * score_one) <=? pow_p * b_error bd) &&
  (pow_p * (zdot (map (Z.max 0) (m_w md)) tops + m_b md * score_one + b_error bd) + b_top <=? pow_p * b_top).
Definition twin_ok :=
  (0 <=? f_slope f) && (f_slope f * b_twin bd <=? b_top) &&
  (pow_p * (f_slope f * b_twin bd + score_one) + 2 * b_top <=? pow_p * b_error bd) &&
  (pow_p * (f_slope f * (hd 0 tops + (f_twin f - hd 0 (f_b f)) * cx) + b_error bd) + b_top <=? pow_p * b_top).
Definition incs := 0 :: m_inc (f_second f) :: map m_inc (f_middles f) ++ [f_inc f].
Definition register_ok :=
  forallb (fun n => 0 <=? n) incs && (zsum incs <=? pow_p) && (f_top f <=? pow_p) && (- pow_p <=? f_top f - zsum incs) &&
  (0 <? b_rate bd) && forallb (fun r => b_rate bd <=? r) (map m_rate (f_middles f) ++ [f_rate f]) &&
  (2 * f_slope f * b_rate bd <=? m_rate (f_second f) * one) &&
  (4 * (zsum incs + 1) * (cx * (one * one * one)) <=? b_base bd * b_rate bd) &&
  (5 * b_top <=? pow_p * (b_req bd - b_base bd - 2 * b_error bd)).
Definition sizes_ok :=
  (1 <=? b_log bd) && ((of_nat d_of_f + 2) * (of_nat d_of_f + 3) <=? pow_p) && ((of_nat m_of_f + 3)
    * (of_nat m_of_f + 4) <=? pow_p) &&
  (32 * (of_nat (length (f_middles f)) + 4) <=? pow_p) && (0 <? cx) && (0 <? rd) && (0 <=? rn).

(* ---- leads ---- *)
Definition pieces : list piece :=
  {| pw := repeat 0 m_of_f; pb := 0 |} ::
  {| pw := f_slope f :: repeat 0 (pred m_of_f); pb := f_slope f * (f_twin f - hd 0 (f_b f)) * cx |} ::
  map (fun md => {| pw := m_w md; pb := m_b md * score_one |}) (f_second f :: f_middles f).
Definition nowhere : piece := {| pw := []; pb := 0 |}.
Definition cover_ok (ps : list piece) (bz : list Z) (s : sample) (c : cover) :=
  Nat.leb (c_lo c) (c_own c) && Nat.leb (c_own c) (c_hi c) && Nat.ltb (c_hi c) (length ps) &&
  forallb (Z.eqb 0) (firstn (c_hi c - c_lo c) (skipn (S (c_lo c)) incs)) &&
  (snd s =? f_top f - zsum (skipn (S (c_hi c)) incs)) &&
  check_group d_of_f m_of_f (f_T f) bz (rn * rn) (rd * rd) cx (b_rho bd) (b_req bd) (nth (c_own c) ps nowhere)
    (firstn (c_lo c) ps ++ skipn (S (c_hi c)) ps) [fst s].
Definition check_form (data : list sample) (covers : list cover) :=
  let ps := pieces in let bz := map (fun b => b * cx) (f_b f) in
  sizes_ok && first_ok (map fst data) && forallb score_ok (f_second f :: f_middles f) && twin_ok && register_ok &&
  rows_ok d_of_f m_of_f (f_T f) bz (b_rho bd) && Nat.eqb (length covers) (length data) &&
  forallb (fun sc => cover_ok ps bz (fst sc) (snd sc)) (combine data covers).
End Check.

Definition check (emin prec : Z) (net : network) (cx rn rd : Z) (data : list sample) (covers : list cover)
  (bd : bounds) : bool :=
  let one := one_z emin in let f := read_form one net in
  network_eqb (regenerate one f) net && check_form emin prec f cx rn rd bd data covers.
