"""What is asked of the main job: one frozen value, of which everything else is a function."""

from dataclasses import dataclass, fields
from math import inf
from typing import Any

from logwidth.display import OneLine
from logwidth.errors import InputError, did_you_mean
from logwidth.maps import PreservingMap
from logwidth.norms import parse_norm
from logwidth.types import Effort

PIECES = ("least", "cover", "all")
ONNX_FORMS = ("auto", "chain", "scan")
WITH_LANES = ("lanes", "boxes", "balls", "lattice")
EFFORTS: tuple[Effort, ...] = ("low", "normal", "high")
EACH_ITS_OWN = "max"
REJECTING = ("boxes", "balls")  # constructions whose networks can say that an input is far from all samples


@dataclass(frozen=True, repr=False)
class Request(OneLine):
    """What the user asks for: `ratio` or `radius`, and optionally a width budget, a construction, a float format.

    The fields are the arguments of :func:`logwidth.memorize` that decide which network is built, with their meaning.
    `norm` is kept as a float, however it was given; of numbers in `radius_per_feature` the least is `radius`.

    Raises InputError for an unknown norm or unknown `pieces`, and for wishes that contradict each other.

    >>> Request(ratio=0.9, norm="inf")
    Request(ratio=0.9, norm=inf)
    """

    ratio: float | None = None
    radius: float | str | None = None
    norm: Any = 2
    width: int | None = None
    construction: str | None = None
    dtype: str = "float32"
    rng: int = 0
    pieces: str = "least"
    lanes: int | None = None
    max_depth: int | None = None
    smallest: bool = False
    start: PreservingMap | None = None
    radius_per_feature: Any = None
    max_weight: float | None = None
    reject: float | None = None
    fewest_bits: bool = False
    onnx: str = "auto"
    effort: Effort = "normal"

    def __post_init__(self) -> None:
        if isinstance(self.radius, str) and not self.own_radii:
            raise InputError(f"the radius must be a number or 'max', not {self.radius!r}")
        object.__setattr__(self, "norm", parse_norm(self.norm))
        self._check_words()
        if self.own_radii and (self.ratio is not None or self.construction == "line"):
            raise InputError("radius 'max' goes with neither a ratio nor the construction line")
        for name, value in (("lanes", self.lanes), ("max_depth", self.max_depth)):
            if value is not None and value < 1:
                raise InputError(f"{name} must be at least 1, not {value}")
        self._check_file()
        self._check_bits()
        if self.lanes is not None and self.construction not in (None, *WITH_LANES):
            raise InputError(f"the construction {self.construction} has no lanes; use one of {', '.join(WITH_LANES)}")
        if self.lanes is not None and self.max_depth is not None:
            raise InputError("give either lanes or max_depth, not both: a depth budget chooses the lanes")
        if self.smallest and (self.norm != 2.0 or self.own_radii or self.pieces != "least" or self.lanes or self.max_depth):
            raise InputError(
                "the smallest network is looked for among ranks, in norm 2, with the least pieces: leave out other norms, "
                "radius 'max', pieces, lanes and max_depth"
            )

        if self.radius_per_feature is not None:
            self._check_cuboids()
        self._check_reject()

    def _check_reject(self) -> None:
        """Refuse a reject radius that is no number, and wishes that networks which reject cannot meet."""
        if self.reject is None:
            if self.construction == "balls":
                raise InputError("balls are built in networks that reject: ask for --reject too")
            return
        try:
            object.__setattr__(self, "reject", float(self.reject or 0.0))
        except (TypeError, ValueError) as problem:
            raise InputError(f"the reject radius is a number, not {self.reject!r}") from problem
        if not 0 < (self.reject or 0.0) < inf:
            raise InputError(f"the reject radius must be positive and finite, not {self.reject!r}")
        if self.radius_per_feature is not None or self.own_radii or self.smallest or self.start is not None:
            raise InputError(
                "reject goes with balls of one radius, and with no map: leave out radii per feature, radius 'max', smallest "
                "and start"
            )
        if self.construction not in (None, *REJECTING):
            raise InputError(
                f"the construction {self.construction} gives the label of some class however far an input is from all "
                f"samples (theorem T15): leave it out, or use one of {', '.join(REJECTING)}"
            )

    def _check_file(self) -> None:
        """Refuse what no file can be: an unknown form, or weights below those of copies."""
        if self.onnx not in ONNX_FORMS:
            known = f"{did_you_mean(self.onnx, ONNX_FORMS)}; known are: {', '.join(ONNX_FORMS)}"
            raise InputError(f"unknown onnx form {self.onnx!r}{known}")
        if self.max_weight is not None and not 1 <= self.max_weight < inf:
            raise InputError(
                f"max_weight must be a finite number of at least 1, not {self.max_weight!r}: copies have weight 1"
            )

    def _check_bits(self) -> None:
        """Refuse what does not go with the fewest bits, which choose the construction."""
        others = self.construction, self.lanes, self.max_depth, self.start, self.radius_per_feature, self.reject
        if self.fewest_bits and (any(other is not None for other in others) or self.own_radii or self.smallest):
            raise InputError(
                "fewest_bits chooses the construction: leave out construction, smallest, lanes, max_depth, start, reject, "
                "radius 'max' and radii per feature"
            )

    def _check_words(self) -> None:
        """Refuse words that are not known."""
        for name, word, known in (("pieces", self.pieces, PIECES), ("effort", self.effort, EFFORTS)):
            if word not in known:
                raise InputError(f"unknown {name} {word!r}{did_you_mean(word, known)}; known are: {', '.join(known)}")

    def _check_cuboids(self) -> None:
        """Refuse radii per feature that do not go with the rest; the least of them is the radius."""
        given = self.radius_per_feature
        if self.norm != inf or self.construction not in (None, "boxes") or self.radius is not None:
            raise InputError("radii per feature go with norm inf and the construction boxes, and replace the radius")
        object.__setattr__(self, "construction", "boxes")
        if isinstance(given, str):
            if given != "cells":
                raise InputError(f"radii per feature are numbers or 'cells', not {given!r}")
            return
        try:
            radii = tuple(float(radius) for radius in given)
        except (TypeError, ValueError) as problem:
            raise InputError(f"radii per feature are numbers or 'cells', not {given!r}") from problem
        if self.ratio is not None or not radii or not all(0 < radius < inf for radius in radii):
            raise InputError("radii per feature are positive numbers, one a feature, and replace the ratio")
        object.__setattr__(self, "radius_per_feature", radii)
        object.__setattr__(self, "radius", min(radii))

    @property
    def own_radii(self) -> bool:
        """Whether every sample gets a radius of its own."""
        return self.radius == EACH_ITS_OWN

    def _line(self) -> list[str]:
        values = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]
        return [f"{name}={value!r}" for name, value, default in values if value != default]
