(* IRIS, inside Coq. The numbers of IrisData.v are a stored float32 network that `logwidth fit iris --ratio 0.9
   --construction register` built, the 150 samples and a certificate of the lower end. Coq computes both checks
   itself: no extraction, no OCaml, no driver. What is left to believe is that these numbers are the file's and the
   data's (tests/export/test_proof_text.py compares them), and Coq. *)
From Coq Require Import Reals ZArith Bool.
From Logwidth Require Import Claim Check OverflowCheck WidthCheck Theorems IrisData.

Theorem iris : certified (-149) 24 128 net units (IZR radius_over / IZR radius_under) samples /\
               no_first_layer_of excluded_units features units (IZR radius_over / IZR radius_under) samples.
Proof.
  apply (bracket_binary32 net units radius_over radius_under samples covers numbers features excluded_units certificate).
  vm_compute. reflexivity.
Qed.
Print Assumptions iris.
