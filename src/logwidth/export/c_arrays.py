"""Pieces of C99 text: constant arrays, the smallest integer types, names of classes."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

LINE = 110


def c_array(kind: str, name: str, words: Iterable[str], storage: str = "static ") -> str:
    """Return a constant array of at least one element, of this file alone or (`storage` empty) for all.

    >>> print(c_array("int", "a", ["1", "-2"]))
    static const int a[2] = {
      1, -2
    };
    """
    listed = list(words) or ["0"]
    lines, line = [], " "
    for word in listed:
        if len(line) + len(word) > LINE:
            lines.append(line)
            line = " "
        line += f" {word},"
    body = "\n".join([*lines, line]).rstrip(",")
    return f"{storage}const {kind} {name}[{len(listed)}] = {{\n{body}\n}};"


def c_reals(kind: str, name: str, numbers: NDArray[np.floating]) -> str:
    """Return a constant array of floats or doubles, written in hexadecimal, which is exact."""
    ending = "f" if kind == "float" else ""
    return c_array(kind, name, (value.hex() + ending for value in numbers.astype(np.float64).tolist()))


def c_integers(name: str, numbers: NDArray[np.integer] | Sequence[int]) -> str:
    """Return a constant array of integers, in the smallest type that holds them all."""
    values = np.asarray(numbers, dtype=np.int64)
    kind = integer_type(int(values.min(initial=0)), int(values.max(initial=0)))
    ending = "LL" if kind == "int64_t" else ""
    return c_array(kind, name, (f"{value}{ending}" for value in values.tolist()))


def integer_type(least: int, largest: int) -> str:
    """Return the smallest type of stdint.h that holds all integers from `least` to `largest`; OverflowError if none does.

    >>> integer_type(0, 255), integer_type(-1, 255), integer_type(0, 70000)
    ('uint8_t', 'int16_t', 'uint32_t')
    """
    for bits in (8, 16, 32, 64):
        if least >= 0 and largest < 2**bits and bits < 64:
            return f"uint{bits}_t"
        if -(2 ** (bits - 1)) < least and largest < 2 ** (bits - 1):
            return f"int{bits}_t"
    raise OverflowError("integers beyond 64 bits")


def c_texts(name: str, texts: Sequence[str]) -> str:
    """Return a constant array of strings that other files can read; what is not plain ASCII is written in octal."""
    return c_array("char *const", name, (_quoted(text) for text in texts), storage="")


def _quoted(text: str) -> str:
    plain = (chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in text.encode())
    return '"' + "".join(plain) + '"'


def comment(lines: Sequence[str]) -> str:
    """Return a comment of some lines, which cannot end it early."""
    return "\n".join(["/* " + lines[0], *(f" * {line}".rstrip() for line in lines[1:]), " */"]).replace(
        "*/", "* /", "".join(lines).count("*/")
    )
