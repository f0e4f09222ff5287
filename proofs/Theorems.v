(* THE THEOREMS, for the two formats in which networks are stored. Claim.v says in full what they conclude. *)
From Coq Require Import Reals List ZArith Bool Lia.
From Logwidth Require Import Claim Check CheckSound OverflowCheck Overflow OverflowSound WidthCheck WidthSound.
Open Scope R_scope.

(* The upper end: if the checker says yes, the stored network returns exactly the label value on every real input of
   every ball, whatever the order of summation, fused or not. `check` and `check_range` compare integers. *)
Definition check_all emin prec emax net cx rn rd data covers bounds :=
  (check emin prec net cx rn rd data covers bounds && check_range emin prec emax net cx rn rd data bounds)%bool.
Definition certified emin prec emax net cx r data :=
  labels_all_balls emin prec net cx r data /\ no_overflow_on_balls emin prec emax net cx r data.
Lemma certified_in emin prec emax net cx rn rd data covers bounds : (1 < prec)%Z -> (emin <= - prec)%Z ->
  check_all emin prec emax net cx rn rd data covers bounds = true -> certified emin prec emax net cx (IZR rn / IZR rd) data.
Proof. intros Hp Hm H. apply andb_true_iff in H. destruct H.
  split; [eapply check_sound|eapply check_range_sound]; eassumption. Qed.
Theorem certified_binary32 net cx rn rd data covers bounds :
  check_all (-149) 24 128 net cx rn rd data covers bounds = true ->
  certified (-149) 24 128 net cx (IZR rn / IZR rd) data.
Proof. apply certified_in; lia. Qed.
Theorem certified_binary64 net cx rn rd data covers bounds :
  check_all (-1074) 53 1024 net cx rn rd data covers bounds = true ->
  certified (-1074) 53 1024 net cx (IZR rn / IZR rd) data.
Proof. apply certified_in; lia. Qed.

(* The lower end: if the other checker says yes, no function of k linear units of the input is right on all these balls. *)
Theorem excluded d cx rn rd data k certificate : check_width d cx rn rd data k certificate = true ->
  no_first_layer_of k d cx (IZR rn / IZR rd) data.
Proof. apply check_width_sound. Qed.

(* Both ends of a bracket are about the same data and the same balls. *)
Theorem bracket_binary32 net cx rn rd data covers bounds d k certificate :
  check_all (-149) 24 128 net cx rn rd data covers bounds && check_width d cx rn rd data k certificate = true ->
  certified (-149) 24 128 net cx (IZR rn / IZR rd) data /\ no_first_layer_of k d cx (IZR rn / IZR rd) data.
Proof. intro H. apply andb_true_iff in H. destruct H. split; [eapply certified_binary32|eapply excluded]; eassumption. Qed.

(* The claims are not empty: whatever the input, a run ends with some output. *)
Theorem some_output emin prec net x : (1 < prec)%Z -> exists out, returns emin prec net x out.
Proof. intro Hp. apply returns_total. exact Hp. Qed.

Print Assumptions certified_binary32.
Print Assumptions certified_binary64.
Print Assumptions excluded.
Print Assumptions bracket_binary32.
Print Assumptions some_output.
