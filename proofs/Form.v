(* THE FORM of a register network with exact carry, as src/logwidth/construct/scores/register.py builds it, and the network
   that it stands for. `regenerate` writes every weight and bias, zeros included; the checker compares its result with
   the stored network, so that no recogniser has to be believed. Weights are integers in units of eta; `one` is the
   weight 1. *)
From Coq Require Import ZArith List Bool Lia.
From Logwidth Require Import Vectors Model Formats Claim.
Import ListNotations.
Open Scope Z_scope.

(* a middle layer: weights and bias of the next score, rate at which the register is cleared, its increment (a plain
  integer) *)
Record middle := { m_w : list Z; m_b : Z; m_rate : Z; m_inc : Z }.
Record form := {
  f_T : list (list Z); f_b : list Z;        (* first layer: coordinates z = T x + b *)
  f_twin : Z; f_slope : Z;                  (* and q = (T x)_0 + twin; the second score is slope * q *)
  f_second : middle;                        (* the layer after the first: it reads q in the place of s + r *)
  f_middles : list middle;                  (* the others *)
  f_rate : Z; f_inc : Z;                    (* the last layer: the register alone *)
  f_top : Z }.                              (* the output is f_top - register *)

Section Form.
Variable one : Z.
Definition m_of f := length (f_T f).
Definition e_row m l := repeat 0 l ++ one :: repeat 0 (m - S l)%nat.
Definition copies m extra : layer := map (fun l => (e_row m l ++ repeat 0 extra, 0)) (seq 0 m).
Definition first_layer f : layer := combine (f_T f) (f_b f) ++ [(hd [] (f_T f), f_twin f)].
Definition second_layer m slope (md : middle) : layer :=
  copies m 1 ++ [(repeat 0 m ++ [slope], 0); (m_w md ++ [- slope], m_b md); (repeat 0 m ++ [- m_rate md], m_inc md * one)].
Definition middle_layer m (md : middle) : layer :=
  copies m 3 ++ [(repeat 0 m ++ [one; one; 0], 0); (m_w md ++ [- one; - one; 0], m_b md);
                 (repeat 0 m ++ [0; - m_rate md; one], m_inc md * one)].
Definition last_layer m rate inc : layer := [(repeat 0 m ++ [0; - rate; one], inc * one)].
Definition regenerate f : network :=
  let m := m_of f in
  {| hidden := first_layer f :: second_layer m (f_slope f) (f_second f) :: map (middle_layer m) (f_middles f)
               ++ [last_layer m (f_rate f) (f_inc f)];
     output := ([- one], f_top f * one) |}.

(* what a stored network says: a proposal only, compared with the network afterwards *)
Definition nth_row (L : layer) k : row := nth k L ([], 0).
Definition read_middle m (at_rate : nat) (L : layer) : middle :=
  let r := nth_row L (S m) in let k := nth_row L (S (S m)) in
  {| m_w := firstn m (fst r); m_b := snd r; m_rate := - nth at_rate (fst k) 0; m_inc := snd k / one |}.
Definition read_form (net : network) : form :=
  let L1 := nth 0 (hidden net) [] in
  let m := pred (length L1) in
  let rest := skipn 2 (hidden net) in
  let L2 := nth 1 (hidden net) [] in
  let k := nth_row (last rest []) 0 in
  {| f_T := map fst (firstn m L1); f_b := map snd (firstn m L1); f_twin := snd (nth_row L1 m);
     f_slope := nth m (fst (nth_row L2 m)) 0; f_second := read_middle m m L2;
     f_middles := map (read_middle m (S m)) (removelast rest);
     f_rate := - nth (S m) (fst k) 0; f_inc := snd k / one; f_top := snd (output net) / one |}.
End Form.

(* equality of networks, number by number *)
Fixpoint list_eqb {A : Type} (eqb : A -> A -> bool) (a b : list A) : bool :=
  match a, b with [], [] => true | x :: a', y :: b' => eqb x y && list_eqb eqb a' b' | _, _ => false end.
Definition row_eqb (a b : row) := list_eqb Z.eqb (fst a) (fst b) && Z.eqb (snd a) (snd b).
Definition network_eqb (a b : network) := list_eqb (list_eqb row_eqb) (hidden a) (hidden b) && row_eqb (output a) (output b).

Lemma list_eqb_eq {A : Type} (eqb : A -> A -> bool) : (forall x y, eqb x y = true -> x = y) ->
  forall a b, list_eqb eqb a b = true -> a = b.
Proof.
  intros H. induction a as [|x a IH]; intros [|y b] E; simpl in E; try discriminate; [reflexivity|].
  apply andb_true_iff in E. destruct E as [E1 E2]. f_equal; auto.
Qed.
Lemma row_eqb_eq a b : row_eqb a b = true -> a = b.
Proof.
  destruct a as [w x], b as [v y]. unfold row_eqb. simpl. rewrite andb_true_iff. intros [E1 E2]. f_equal.
  - revert E1. apply list_eqb_eq. intros. apply Z.eqb_eq. auto.
  - apply Z.eqb_eq. auto.
Qed.
Theorem network_eqb_eq a b : network_eqb a b = true -> a = b.
Proof.
  destruct a as [h o], b as [h' o']. unfold network_eqb. simpl. rewrite andb_true_iff. intros [E1 E2]. f_equal.
  - revert E1. apply list_eqb_eq. apply list_eqb_eq. exact row_eqb_eq.
  - apply row_eqb_eq. auto.
Qed.
