"""Counterexamples as tools print them: VNN-LIB 1.0's pairs, and the arrays of 2.0."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction

from logwidth.errors import InputError
from logwidth.verifiers.tables import answer_word

Assignment = dict[str, list[float]]
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
VARIABLE = re.compile(r"([A-Za-z][\w.]*?)(?:_(\d+)|\[([\d,\s]*)\])")
TOKEN = re.compile(r"[()]|[A-Za-z][\w.]*\[[\d,\s]*\]|[^\s()]+")
ARRAY = re.compile(r"([A-Za-z_][\w.']*)(?:\s+[A-Za-z]\w*)?\s*\[([\d,\s]*)\]\s*:?(.*)")
EQUATION = re.compile(rf"^\s*([A-Za-z][\w.]*(?=_)|[XYxy])_?(\d+)\s*[:=]\s*({NUMBER.pattern})\s*[,;]?\s*$", re.MULTILINE)
Tree = str | list["Tree"]


def read_assignment(text: str) -> Assignment:
    """Return the numbers of each variable of a counterexample, in row-major order and in the order of the text.

    VNN-LIB 1.0: pairs `(X_0 0.5)`, in any order, spacing and nesting, as `(X_0 (- 0.5))` and `(X_0 (/ 1 2))` too; models of
    SMT solvers, `(define-fun X_0 () Real 0.5)` and `(= X_0 0.5)`; lines `X_0 = 0.5`, and `x0 = 0.5` as Marabou's.
    VNN-LIB 2.0: `X float32 [1,4]` and then its numbers, one a line. An answer may come first; `;` begins a comment.

    Raises InputError that says what cannot be read: no values, or too few, too many, given twice, not finite.

    >>> read_assignment("sat\\n((X_1 -2)\\n (X_0 0.5) (Y_0 1e-3))")
    {'X': [0.5, -2.0], 'Y': [0.001]}
    >>> read_assignment("sat\\nX float32 [1,2]\\n0.5\\n-2\\nY float32 [1,1]\\n0.001")
    {'X': [0.5, -2.0], 'Y': [0.001]}
    """
    body = without_answer("\n".join(line.split(";")[0] for line in text.lstrip("\ufeff").splitlines()))
    found = _arrays(body) if any(ARRAY.fullmatch(line.strip()) for line in body.splitlines()) else _pairs(body)
    if not found:
        raise InputError("it holds no counterexample: neither ((X_0 value) ...) nor X float32 [1,n] and values")
    return found


def without_answer(text: str) -> str:
    """Return a text without the answer on its first line, if it has one there."""
    first, _, rest = text.lstrip().partition("\n")
    return rest if answer_word(first) else text


def _pairs(text: str) -> Assignment:
    found: dict[str, dict[tuple[int, ...], float]] = {}
    for name, value in _leaves(tree_of(EQUATION.sub(r"(\1_\2 \3)", text))):
        match = VARIABLE.fullmatch(name)
        if match is None:
            continue
        place = (int(match[2]),) if match[2] is not None else tuple(int(k) for k in match[3].split(",") if k.strip())
        known = found.setdefault(match[1], {})
        if known.setdefault(place, value) != value:
            raise InputError(f"{name} is given twice, with different values")
    return {name: _in_order(name, places) for name, places in found.items()}


def _in_order(name: str, places: dict[tuple[int, ...], float]) -> list[float]:
    """Return values in row-major order; each index of the box that they span must be there."""
    kinds = {len(place) for place in places}
    if len(kinds) != 1:
        raise InputError(f"the indices of {name} differ in number")
    sizes = [max(place[k] for place in places) + 1 for k in range(kinds.pop())]
    if math.prod(sizes) != len(places):
        raise InputError(f"{len(places)} of {math.prod(sizes)} values of {name} are given")
    return [places[place] for place in sorted(places)]


def tree_of(text: str) -> list[Tree]:
    """Return the nested lists of a text in parentheses; a missing one at the end does no harm."""
    stack: list[list[Tree]] = [[]]
    for token in TOKEN.findall(text):
        if token == "(":
            inner: list[Tree] = []
            stack[-1].append(inner)
            stack.append(inner)
        elif token != ")":
            stack[-1].append(token)
        elif len(stack) > 1:
            stack.pop()
    return stack[0]


def _leaves(tree: Tree) -> Iterator[tuple[str, float]]:
    """Yield the pairs of a variable and a number."""
    work = [tree]
    while work:
        node = work.pop()
        if isinstance(node, str):
            continue
        if node and node[0] in ("=", "define-fun") and len(node) in (3, 5):  # an SMT solver's model
            node = [node[1], node[-1]]
        if len(node) == 2 and isinstance(node[0], str) and VARIABLE.fullmatch(node[0]):
            yield node[0], _number(node[1])
        else:
            work.extend(reversed(node))


def _number(term: Tree) -> float:
    value = _rational(term)
    try:
        return float(value)
    except OverflowError as problem:
        raise InputError(f"{term} is larger than a float") from problem


def _rational(term: Tree) -> Fraction:
    """Return the value of a decimal, `(- term)` or `(/ term term)`."""
    if isinstance(term, str) and NUMBER.fullmatch(term):
        if len(term) > 4000 or abs(int([*re.split("[eE]", term), "0"][1])) > 4000:
            raise InputError(f"{term[:40]} is no number that a float can hold")
        return Fraction(term)
    if isinstance(term, list) and len(term) == 2 and term[0] in ("-", "+"):
        return _rational(term[1]) * (-1 if term[0] == "-" else 1)
    if isinstance(term, list) and len(term) == 3 and term[0] == "/" and _rational(term[2]) != 0:
        return _rational(term[1]) / _rational(term[2])
    raise InputError(f"{term if isinstance(term, str) else ' '.join(map(str, term))!r} is no finite number")


def _arrays(text: str) -> Assignment:
    """Read arrays, each after a line with its name, type and shape; text around complete arrays is passed over."""
    found: Assignment = {}
    name, missing = "", 0
    for line in text.splitlines():
        head = ARRAY.fullmatch(line.strip())
        if head is not None:
            _refuse_short(name, missing)
            name, rest = head[1], head[3]
            if name in found:
                raise InputError(f"{name} is given twice")
            found[name], missing = [], math.prod(int(k) for k in head[2].split(",") if k.strip())
        else:
            rest = line
        tokens = rest.replace(",", " ").split()
        numeric = bool(tokens) and all(NUMBER.fullmatch(token) for token in tokens)
        if tokens and (missing > 0 or numeric):
            if len(tokens) > missing:
                raise InputError(f"{name or 'the text'} has more numbers than its shape says")
            found[name] += [_number(token) for token in tokens]
            missing -= len(tokens)
    _refuse_short(name, missing)
    return found


def _refuse_short(name: str, missing: int) -> None:
    if missing > 0:
        raise InputError(f"{name} has {missing} numbers less than its shape says")
