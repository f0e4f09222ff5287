(* zarith under a name that the extracted module Z does not hide *)
include Z
