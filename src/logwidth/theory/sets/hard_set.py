"""The value that describes a generated data set: its name, its parameters, how to make it and what it is known to refuse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError

Number = int | float
Made = tuple[NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True)
class Parameter:
    """A whole or real number between `least` and `most`; whole if `default` is."""

    default: Number
    least: Number
    most: Number

    def read(self, text: str) -> Number | None:
        """Return the number in the text, None if it is not one of this kind and range."""
        try:
            value: Number = int(text) if isinstance(self.default, int) else float(text)
        except ValueError:
            return None
        return value if self.least <= value <= self.most else None

    def __str__(self) -> str:
        kind = "whole number" if isinstance(self.default, int) else "number"
        return f"{kind} from {self.least} to {self.most}, default {self.default}"


@dataclass(frozen=True)
class HardSet:
    """A family of generated data sets.

    `make(**values)` returns points (n, d) and integer labels (n,); the same values give the same bytes.
    `refuses(rank, **values)` returns a ratio `ρ = 2σ/δ`, in ℓ2, from which on no map of this rank preserves the set, by
    `theorem`; None where only a certificate for the set itself can tell (T2).
    """

    name: str
    about: str
    parameters: Mapping[str, Parameter]
    make: Callable[..., Made]
    refuses: Callable[..., float] | None = None
    theorem: str = "T2, by certificate"

    def values(self, text: str) -> dict[str, Number]:
        """Return all parameter values for `key=value,key=value`; absent ones have their defaults.

        Raises InputError that lists everything wrong and all parameters.
        """
        found: dict[str, Number] = {key: parameter.default for key, parameter in self.parameters.items()}
        problems = []
        for part in filter(None, text.split(",")):
            key, _, value = (piece.strip() for piece in part.partition("="))
            if key not in self.parameters:
                problems.append(f"there is no parameter {key[:40]!r}")
                continue
            number = self.parameters[key].read(value)
            if number is None:
                problems.append(f"{key} must be a {self.parameters[key]}, not {value[:40]!r}")
                continue
            found[key] = number
        if problems:
            raise InputError(f"data set {self.name!r}: {'; '.join(problems)}; {self.help()}")
        return found

    def help(self) -> str:
        """Return the parameters in words."""
        listed = "; ".join(f"{key} ({parameter})" for key, parameter in self.parameters.items())
        return f"write {self.name}:key=value,… with {listed}"
