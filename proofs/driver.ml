(* The executable: reads what `logwidth export-proof` wrote, proposes bounds (which need not be believed)
  and asks the extracted
   checkers. Not verified: this file, the extraction, OCaml, zarith, and whoever wrote the text.
   Exit status: 0 everything asked is proven, 1 not proven, 2 the text is none.
     With --coq it only prints the text as Coq terms. *)
open Checker
module Z = Zz

exception Bad of string

(* ---- words of the text ---- *)
let text, place = ref "", ref 0
let blank c = c = ' ' || c = '\n' || c = '\t' || c = '\r'
let word () =
  let n = String.length !text in
  while !place < n && blank !text.[!place] do incr place done;
  let start = !place in
  while !place < n && not (blank !text.[!place]) do incr place done;
  if start = !place then raise (Bad "the text ends too early");
  String.sub !text start (!place - start)
let expect w = let found = word () in if found <> w then raise (Bad (Printf.sprintf "%S where %S was expected" found w))
let integer () = let w = word () in try Z.of_string w with _ ->
  raise (Bad (Printf.sprintf "%S where an integer was expected" w))
let count () = let w = word () in
  match int_of_string_opt w with Some n when n >= 0 && n <= 100_000_000 -> n | _ ->
    raise (Bad (Printf.sprintf "%S where a count was expected" w))
(* in order, without recursion that deep lists would make too deep *)
let several n f = let items = ref [] in for _ = 1 to n do items := f () :: !items done; List.rev !items
let nat n = let k = ref O in for _ = 1 to n do k := S !k done; !k

(* ---- the text ---- *)
let unit_of cols = let bias = integer () in let weights = several cols integer in (weights, bias)
let term d = let c = integer () in let v = several d integer in (c, v)
type text = { emin : Z.t; prec : Z.t; rn : Z.t; rd : Z.t; cx : Z.t; d : int; data : (Z.t list * Z.t) list; own : int list;
  net : network; width : (int * width_certificate) option; digests : string * string }
let read () =
  expect "logwidth-proof"; expect "1";
  expect "network_sha256"; let network_digest = word () in
  expect "data_sha256"; let data_digest = word () in
  expect "emin"; let emin = integer () in expect "prec"; let prec = integer () in
  expect "radius"; let rn = integer () in let rd = integer () in
  expect "units"; let cx = integer () in
  expect "samples"; let n = count () in let d = count () in
  let rows = several n (fun () -> let y = integer () in let own = count () in let x = several d integer in ((x, y), own)) in
  expect "layers"; let depth = count () in
  let hidden = several depth (fun () -> expect "layer"; let rows = count () in let cols = count ()
    in several rows (fun () -> unit_of cols)) in
  expect "output"; let cols = count () in let output = unit_of cols in
  expect "width"; let k = count () in
  let width = if k = 0 then None else begin
    expect "pairs"; let np = count () in
    let w_pairs = several np (fun () -> let w = integer () in let i = count () in let j = count () in { p_weight = w;
      p_first = nat i; p_second = nat j }) in
    expect "nu"; let w_nu = integer () in expect "scale"; let w_scale = integer () in
    expect "shows_scale"; let w_shows_scale = integer () in expect "eps"; let w_eps = integer () in
    expect "sum"; let ns = count () in let w_sum = several ns (fun () -> term d) in
    expect "shows"; let nx = count () in let w_shows = several nx (fun () -> term d) in
    Some (k, { w_pairs; w_nu; w_sum; w_scale; w_shows; w_shows_scale; w_eps }) end in
  expect "end";
  { emin; prec; rn; rd; cx; d; data = List.map fst rows; own = List.map snd rows; net = { hidden; output }; width;
    digests = (network_digest, data_digest) }

(* ---- proposals: whatever they are, the checker decides ---- *)
let up a b = Z.cdiv a b
let zabs = List.map Z.abs
let largest = List.fold_left Z.max
let proposals t =
  let one = one_z t.emin and p = pow_p t.prec in
  let f = read_form one t.net in
  let d = Z.of_int t.d and m = Z.of_int (List.length f.f_T) and z = Z.of_int and ( * ) = Z.mul and ( + )
    = Z.add and ( - ) = Z.sub in
  let xs = List.map fst t.data in
  let error row b size = up ((d + z 3) * (size + Z.abs b * t.cx)) p + z 2 * t.cx * (Z.div (zsum (zabs row)) one + z 2 + d) in
  let bound row b =
    let square = up (t.rn * t.rn * zdot row row * t.cx * t.cx) (t.rd * t.rd) in
    let rb_move = Z.sqrt square + z 1 in
    let values = List.map (fun x -> zdot row x + b * t.cx) xs in
    let rb_size = largest Z.zero (List.map (fun x -> zdot (zabs row) (zabs x)) xs) + rb_move in
    let rb_error = error row b rb_size in
    { rb_move; rb_size; rb_error; rb_top = largest Z.zero values + rb_move + rb_error } in
  let b_rows = List.map2 bound f.f_T f.f_b in
  let first = List.hd b_rows in
  let b_twin = error (List.hd f.f_T) f.f_twin first.rb_size in
  let so = score_one t.emin t.cx in
  let tops = List.map (fun r -> r.rb_top) b_rows and errors = List.map (fun r -> r.rb_error) b_rows in
  let mids = f.f_second :: f.f_middles in
  let score_error top md =
    up ((m + z 4) * (zdot (zabs md.m_w) tops + Z.abs md.m_b * so + z 2 * top) + z 2 * top) p + zdot (zabs md.m_w)
      errors + (z 2 * m + z 7) * so in
  let error_at top = largest (f.f_slope * b_twin + so + up (z 2 * top) p) (List.map (score_error top) mids) in
  let highest = largest (f.f_slope * (first.rb_top + (f.f_twin - List.hd f.f_b) * t.cx))
    (List.map (fun md -> zdot (List.map (Z.max Z.zero) md.m_w) tops + md.m_b * so) mids) in
  let rec find j =
    let top = Z.shift_left so j in let e = error_at top in
    if j > 4000 || Z.leq (highest + e + up top p) top && Z.leq (f.f_slope * b_twin) top then (j, top, e)
      else find (Stdlib.( + ) j 1) in
  let j, top, b_error = find 1 in
  let least = List.fold_left Z.min f.f_rate (List.map (fun md -> md.m_rate) f.f_middles) in
  let b_rate = if Z.sign f.f_slope > 0 then Z.min least (Z.div (f.f_second.m_rate * one) (z 2 * f.f_slope)) else least in
  let b_base = if Z.sign b_rate > 0 then up (z 4 * (zsum (incs f) + z 1) * t.cx * one * one * one) b_rate else Z.zero in
  let b_req = b_base + z 2 * b_error + up (z 5 * top) p in
  let b_rho = largest Z.zero (List.map (rowsum f.f_T) f.f_T) in
  f, { b_rows; b_twin; b_log = Z.of_int j; b_error; b_rate; b_base; b_req; b_rho }
(* the class of a piece: up to where no increment comes *)
let covers f own =
  let ticks = Array.of_list (incs f) in
  let n = Array.length ticks in
  let before = Array.make n 0 and after = Array.make n 0 in
  for t = 1 to n - 1 do before.(t) <- if Z.sign ticks.(t) = 0 then before.(t - 1) else t done;
  for t = n - 1 downto 0 do after.(t) <- if t = n - 1 || Z.sign ticks.(t + 1) <> 0 then t else after.(t + 1) done;
  let cover i = let i = if i < n then i else n - 1 in { c_lo = nat before.(i); c_hi = nat after.(i); c_own = nat i } in
  let known = Hashtbl.create 1000 in
  List.map (fun i -> match Hashtbl.find_opt known i with Some c -> c | None ->
    let c = cover i in Hashtbl.add known i c; c) own

(* ---- what to say of a refusal ---- *)
let why t emax f bd cs =
  let part name ok = if ok then [] else [name] in
  let parts =
    part "the network is not the register network of its pieces" (network_eqb (regenerate (one_z t.emin) f) t.net) @
    part "sizes" (sizes_ok t.prec f t.cx t.rn t.rd bd) @ part "first layer" (first_ok t.emin t.prec f t.cx t.rn t.rd bd
      (List.map fst t.data)) @
    part "scores" (List.for_all (score_ok t.emin t.prec f t.cx bd) (f.f_second :: f.f_middles))
      @ part "twin" (twin_ok t.emin t.prec f t.cx bd) @
    part "register" (register_ok t.emin t.prec f t.cx bd) @
    part "something may overflow" (check_range t.emin t.prec emax t.net t.cx t.rn t.rd t.data bd) in
  if parts <> [] then parts else
  let ps = pieces t.emin f t.cx and bz = List.map (fun b -> Z.mul b t.cx) f.f_b in
  let wrong = List.concat (List.mapi (fun i (s, c) -> if cover_ok f t.cx t.rn t.rd bd ps bz s c then [] else [i])
    (List.combine t.data cs)) in
  match wrong with [] -> [] | i :: _ -> [Printf.sprintf "%d balls, the first of them number %d" (List.length wrong) i]

let load path =
  let ic = open_in_bin path in
  text := really_input_string ic (in_channel_length ic); close_in ic;
  read ()

(* ---- the same as Coq terms, for small sets that Coq itself computes with ---- *)
let print_coq path =
  let t = load path in
  let f, bd = proposals t in
  let out = Printf.printf in
  let number n = if Z.sign n < 0 then "(" ^ Z.to_string n ^ ")" else Z.to_string n in
  let list show items = "[" ^ String.concat "; " (List.map show items) ^ "]" in
  let numbers = list number and pair (a, b) = "(" ^ a ^ ", " ^ b ^ ")" in
  let rec int = function O -> 0 | S n -> 1 + int n in
  let whole n = string_of_int (int n) ^ "%nat" in
  let unit_ (weights, bias) = pair (numbers weights, number bias) in
  let term (c, v) = pair (number c, numbers v) in
  out "(* Written by logwidth-proof --coq from a run that logwidth export-proof wrote.\n   network.onnx has SHA-256
    %s,\n   the data %s. *)\n" (fst t.digests) (snd t.digests);
  out "From Coq Require Import ZArith List.\nFrom Logwidth Require Import Claim Check WidthCheck.\nImport
    ListNotations.\nOpen Scope Z_scope.\n\n";
  out "Definition radius_over := %s.\nDefinition radius_under := %s.\nDefinition units := %s.\nDefinition features :=
    %d%%nat.\n" (number t.rn) (number t.rd) (number t.cx) t.d;
  out "Definition samples : list sample := [\n  %s].\n" (String.concat ";\n  " (List.map (fun (x, y) ->
    pair (numbers x, number y)) t.data));
  out "Definition net : network := {| hidden := [\n  %s];\n  output := %s |}.\n" (String.concat ";\n  " (List.map (list
    unit_) t.net.hidden)) (unit_ t.net.output);
  out "Definition covers : list cover := [\n  %s].\n" (String.concat ";\n  " (List.map (fun c ->
    Printf.sprintf "{| c_lo := %s; c_hi := %s; c_own := %s |}" (whole c.c_lo) (whole c.c_hi) (whole c.c_own))
      (covers f t.own)));
  out "Definition numbers : bounds := {| b_rows := %s; b_twin := %s; b_log := %s; b_error := %s;\n  b_rate := %s;
    b_base := %s; b_req := %s; b_rho := %s |}.\n"
    (list (fun r -> Printf.sprintf "{| rb_move := %s; rb_size := %s; rb_error := %s;
      rb_top := %s |}" (number r.rb_move) (number r.rb_size) (number r.rb_error) (number r.rb_top)) bd.b_rows)
    (number bd.b_twin) (number bd.b_log) (number bd.b_error) (number bd.b_rate) (number bd.b_base) (number bd.b_req)
      (number bd.b_rho);
  match t.width with None -> () | Some (k, c) ->
    out "Definition excluded_units := %d%%nat.\nDefinition certificate : width_certificate := {|\n  w_pairs := %s;\n
      w_nu := %s; w_scale := %s;\n  w_sum := %s;\n  w_shows := %s;\n  w_shows_scale := %s; w_eps := %s |}.\n" k
      (list (fun p -> Printf.sprintf "{| p_weight := %s; p_first := %s;
        p_second := %s |}" (number p.p_weight) (whole p.p_first) (whole p.p_second)) c.w_pairs)
      (number c.w_nu) (number c.w_scale) (list term c.w_sum) (list term c.w_shows) (number c.w_shows_scale) (number c.w_eps)

let main path =
  let t = load path in
  let network_digest, data_digest = t.digests in
  Printf.printf "network %s\ndata %s\nradius %s/%s, binary%d\n" network_digest data_digest (Z.to_string t.rn)
    (Z.to_string t.rd)
    (if Z.equal t.prec (Z.of_int 24) then 32 else 64);
  let formats = [ (-149, 24, 128); (-1074, 53, 1024) ] in
  let emax = match List.find_opt (fun (e, p, _) -> Z.equal t.emin (Z.of_int e) && Z.equal t.prec (Z.of_int p)) formats with
    | Some (_, _, emax) -> Z.of_int emax | None -> raise (Bad "the format is neither binary32 nor binary64") in
  let start = Sys.time () in
  let f, bd = proposals t in
  let cs = covers f t.own in
  let upper = check_all t.emin t.prec emax t.net t.cx t.rn t.rd t.data cs bd in
  let n = List.length t.data in
  if upper then Printf.printf "balls: %d of %d proven (%.1f s)\n%!" n n (Sys.time () -. start)
  else Printf.printf "balls: NOT PROVEN: %s (%.1f s)\n%!" (String.concat "; " (why t emax f bd cs)) (Sys.time () -. start);
  let lower = match t.width with
    | None -> print_endline "width: no lower bound in the text"; true
    | Some (k, c) ->
      let start = Sys.time () in
      let ok = check_width (nat t.d) t.cx t.rn t.rd t.data (nat k) c in
      Printf.printf "width: a first layer of %d units is %s (%.1f s)\n" k (if ok then "excluded" else "NOT PROVEN to be
        excluded") (Sys.time () -. start); ok in
  exit (if upper && lower then 0 else 1)

let () =
  let guarded run path = try run path with
    | Bad problem -> Printf.eprintf "%s: %s\n" path problem; exit 2
    | Sys_error problem -> prerr_endline problem; exit 2
    | Failure problem | Invalid_argument problem -> Printf.eprintf "%s: %s\n" path problem; exit 2 in
  match Sys.argv with
  | [| _; "--coq"; path |] -> guarded print_coq path
  | [| _; path |] -> guarded main path
  | _ -> prerr_endline "usage: logwidth-proof [--coq] FILE"; exit 2
