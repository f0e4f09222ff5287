(* THE THEOREMS, for the two formats in which networks are stored. Claim.v says in full what their conclusions mean. *)
From Coq Require Import Reals List ZArith Bool Lia.
From Logwidth Require Import Claim Check CheckSound WidthCheck.
Open Scope R_scope.

(* The upper end: if the checker says yes, the stored network returns exactly the label value on every real input of every ball,
   whatever the order of summation, fused or not. *)
Theorem certified_binary32 net cx rn rd data covers bounds : check (-149) 24 net cx rn rd data covers bounds = true ->
  labels_all_balls (-149) 24 net cx (IZR rn / IZR rd) data.
Proof. apply check_sound; lia. Qed.
Theorem certified_binary64 net cx rn rd data covers bounds : check (-1074) 53 net cx rn rd data covers bounds = true ->
  labels_all_balls (-1074) 53 net cx (IZR rn / IZR rd) data.
Proof. apply check_sound; lia. Qed.

(* The lower end: if the other checker says yes, no function of k linear units of the input is right on all these balls. *)
Theorem excluded d cx rn rd data k certificate : check_width d cx rn rd data k certificate = true ->
  no_first_layer_of k d cx (IZR rn / IZR rd) data.
Proof. apply check_width_sound. Qed.

(* Both ends of a bracket are about the same data and the same balls. *)
Theorem bracket_binary32 net cx rn rd data covers bounds d k certificate :
  check (-149) 24 net cx rn rd data covers bounds && check_width d cx rn rd data k certificate = true ->
  labels_all_balls (-149) 24 net cx (IZR rn / IZR rd) data /\ no_first_layer_of k d cx (IZR rn / IZR rd) data.
Proof. intro H. apply andb_true_iff in H. destruct H. split; [eapply certified_binary32|eapply excluded]; eassumption. Qed.

Print Assumptions certified_binary32.
Print Assumptions certified_binary64.
Print Assumptions excluded.
Print Assumptions bracket_binary32.
