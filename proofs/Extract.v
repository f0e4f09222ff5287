(* Extraction of the two checkers to OCaml: integers become zarith's, everything else stays as Coq defines it. *)
From Coq Require Import ZArith ExtrOcamlBasic ExtrOcamlZBigInt Extraction.
From Logwidth Require Import Claim Form Leads Close Check OverflowCheck WidthCheck Theorems.
Extraction "checker.ml" check_all check check_range check_width read_form regenerate network_eqb sizes_ok first_ok
  score_ok twin_ok register_ok pieces cover_ok
  zdot rowsum zsum incs one_z pow_p score_one rows_ok.
