"""Variants of one query with one truth: what a reader of VNN-LIB may not let change its answer.

Every variant has the same inputs and the same answer as its original. Strict comparisons too: where the answer is `unsat`
the label leads by 1 or more on a wider set, where it is `sat` the witness lies strictly inside, and leads by 1 or more.

This file is part of the script that benchmark folders carry: Python 3.8 and its standard library only.
"""

from __future__ import annotations

from typing import List, TypeVar

from logwidth.export.property_text import FLOAT, Term, decimal, header_v1, header_v2

STYLES = (
    "plain", "upper bounds first", "bounds shuffled", "one assertion", "bounds in pairs", "numbers first", "classes first",
    "strict bounds", "strict scores", "less or equal", "nested or", "nested and", "doubled", "classes shuffled", "never",
    "long decimals", "one line", "a word a line", "comments", "no assertion twice", "distributed",
)  # fmt: skip
OTHER_NAMES = (("net", "input", "output"), ("N", "a_1", "b_2"), ("f", "Y", "X"), ("classifier", "x", "y"))


Item = TypeVar("Item")


class Variant:
    """A query as formulas, which a style writes down in its own way."""

    def __init__(self, box: list[tuple[float, float]], label: int, classes: int, order: list[float]) -> None:
        self.box, self.label, self.classes, self.order = box, label, classes, order
        self.style = ""
        self.names = ("f", "X", "Y")
        self.version = 1

    def write(self, style: str, version: int, names: tuple[str, str, str] = ("f", "X", "Y"), kind: str = FLOAT) -> str:
        """Return the text in that style and version of the format."""
        self.version, self.names, self.style = version, names, style
        head = header_v1(len(self.box), self.classes)
        if version == 2:
            head = header_v2(len(self.box), self.classes, kind, names)
        return _laid_out(head, [f"(assert {text(formula)})" for formula in self.assertions(style)], style)

    def assertions(self, style: str) -> list[Term]:
        """Return the formulas that are asserted."""
        bounds = self.bounds(style)
        goal = self.goal(style)
        if style == "one assertion":
            return [["and", *bounds, goal]]
        if style == "bounds in pairs":
            pairs: list[Term] = [["and", a, b] for a, b in zip(bounds[::2], bounds[1::2])]
            return [*pairs, goal]
        if style == "classes first":
            return [goal, *bounds]
        if style == "distributed":
            each: list[Term] = [["and", *bounds, other] for other in goal[1:]]
            return [["or", *each]]
        if style == "doubled":
            return [*bounds, *bounds, goal, goal]
        return [*bounds, goal]

    def bounds(self, style: str) -> list[Term]:
        """Return the bounds on the inputs."""
        found: list[Term] = []
        for i, (low, high) in enumerate(self.box):
            x = self.x(i)
            up, down = self.number(high), self.number(low)
            pair: list[Term] = [["<=", x, up], [">=", x, down]]
            if style == "strict bounds":
                pair = [["<", x, up], [">", x, down]]
            if style == "numbers first":
                pair = [[">=", up, x], ["<=", down, x]]
            found += pair
        if style == "upper bounds first":
            return found[::2] + found[1::2]
        return in_order_of(found, self.order) if style == "bounds shuffled" else found

    def goal(self, style: str) -> list[Term]:
        """Return the disjunction: some other class has at least the label's score."""
        others = [c for c in range(self.classes) if c != self.label]
        if style == "classes shuffled":
            others = in_order_of(others, self.order)[::-1] if len(others) > 2 else others[::-1]
        each: list[Term] = [["and", self.lead(c, style)] for c in others]
        if style == "nested and":
            each = [["and", ["and", self.lead(c, style)], ["or", self.lead(c, style)]] for c in others]
        if style == "nested or" and len(each) > 1:
            each = [each[0], ["or", *each[1:]]]
        if style == "nested or":
            each = [["or", *each]]
        if style == "never":  # class 0 has the score 0 on every input
            each = [["and", ["<=", self.y(0), self.number(-1.0)]], *each, ["and", [">=", self.y(0), self.number(1.0)]]]
        if style == "no assertion twice":
            each = [self.lead(c, style) for c in others]
        return ["or", *each]

    def lead(self, c: int, style: str) -> Term:
        """Return that class c has at least the label's score."""
        if style == "strict scores":
            return [">", self.y(c), self.y(self.label)]
        if style == "less or equal":
            return ["<=", self.y(self.label), self.y(c)]
        return [">=", self.y(c), self.y(self.label)]

    def x(self, i: int) -> str:
        """Return the name of input i."""
        return f"{self.names[1]}_{i}" if self.version == 1 else f"{self.names[1]}[0,{i}]"

    def y(self, c: int) -> str:
        """Return the name of score c."""
        return f"{self.names[2]}_{c}" if self.version == 1 else f"{self.names[2]}[0,{c}]"

    def number(self, value: float) -> str:
        """Return a number as the style has it."""
        return decimal(value) + ("000" if self.style == "long decimals" else "")


def text(term: Term) -> str:
    """Return a formula as text.

    >>> text(["or", ["<=", "X_0", "1.0"], ["and"]])
    '(or (<= X_0 1.0) (and))'
    """
    return term if isinstance(term, str) else "(" + " ".join(text(part) for part in term) + ")"


def several_outputs(variant: Variant, kind: str, target: int, version: int) -> str:
    """Return a query about several outputs: is another class best, half of the box at a time, or is it the target?

    'best': some class has at least the score of every other one, and it is not the label. 'split': as the plain query, on
    the two halves of the box. 'targeted': the target has at least the label's score, or class 0, whose score is 0 on every
    input, has another score: no input reaches these disjuncts.
    """
    variant.version, variant.names, variant.style = version, ("f", "X", "Y"), ""
    others = [c for c in range(variant.classes) if c != variant.label]
    if kind == "best":
        every = range(variant.classes)
        each: list[Term] = []
        for c in others:
            best: list[Term] = [[">=", variant.y(c), variant.y(k)] for k in every if k != c]
            each.append(["and", *best])
    elif kind == "split":
        x, middle = variant.x(0), variant.number((variant.box[0][0] + variant.box[0][1]) / 2)
        each = [["and", variant.lead(c, ""), [side, x, middle]] for side in ("<=", ">=") for c in others]
    else:
        never: list[Term] = [["and", ["<=", variant.y(0), "-1.0"]], ["and", [">=", variant.y(0), "1.0"]]]
        each = [never[0], ["and", variant.lead(target, "")], never[1]]
    head = header_v1(len(variant.box), variant.classes)
    if version == 2:
        head = header_v2(len(variant.box), variant.classes, FLOAT)
    return _laid_out(head, [f"(assert {text(term)})" for term in [*variant.bounds(""), ["or", *each]]], "")


def styles_of(classes: int) -> list[str]:
    """Return the styles that differ from each other for that many classes."""
    return [style for style in STYLES if classes > 2 or style not in ("classes shuffled", "nested or")]


def _laid_out(head: list[str], lines: list[str], style: str) -> str:
    if style == "one line":
        return " ".join(line.strip() for line in [*head, *lines]) + "\n"
    if style == "a word a line":
        return "\n".join([*head, *(line.replace(" ", "\n    ") for line in lines)]) + "\n"
    if style == "comments":
        shown = [f"{line} ; comment (assert (<= 1.0 0.0))" for line in lines]
        return "\n".join(["; (assert (or))", *head, "", "  ; another", *shown]) + "\n\n;"
    return "\n".join([*head, *lines]) + "\n"


def in_order_of(items: List[Item], order: List[float]) -> List[Item]:
    """Return the items in the order of some numbers, which are taken round and round."""
    return [item for _, _, item in sorted((order[k % len(order)], k, item) for k, item in enumerate(items))]
