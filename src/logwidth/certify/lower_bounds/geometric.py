"""What lower bounds have in common whose evidence is where a few samples lie: their text, and what all of them must say."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, ClassVar, Self, get_args, get_origin

from logwidth.certify.sealed import check_canonical, seal
from logwidth.dataset import Dataset
from logwidth.display import OneLine, number
from logwidth.errors import InputError
from logwidth.norms import norm_name, parse_norm

MOST_ROWS = 100_000


class GeometricCertificate(OneLine, ABC):
    """A lower bound on the width of networks that are right on all lp balls of `radius`, by where samples `rows` lie.

    A subclass is a frozen dataclass of whole numbers, real numbers and tuples of samples.
    """

    FORMAT: ClassVar[str]
    norm: float
    radius: float
    data_sha256: str

    @property
    @abstractmethod
    def claim(self) -> str:
        """The theorem in words."""

    @property
    @abstractmethod
    def width_lower(self) -> int:
        """The least width that is not excluded."""

    @property
    @abstractmethod
    def rows(self) -> Iterable[int]:
        """All samples that are named."""

    @property
    @abstractmethod
    def evidence(self) -> str:
        """Where the samples lie, in a few words."""

    def excludes(self, radius: float) -> bool:
        """Whether the width below `width_lower` is proven to be too small at this radius; False means: not decided."""
        return radius >= self.radius

    def to_json(self) -> str:
        """Return the certificate as JSON with a digest of its own content."""
        return seal(self._body())

    def misfits(self, data: Dataset) -> tuple[str, ...]:
        """Return what is wrong with its data, its samples' numbers and its radius."""
        if self.data_sha256 != data.sha256:
            return ("the width certificate is for other data: its digest of them differs",)
        wrong = [row for row in self.rows if not 0 <= row < data.n_samples]
        if wrong:
            return (f"the width certificate names sample {wrong[0]}, but samples count from 0 to {data.n_samples - 1}",)
        if not 0.0 < self.radius < float("inf"):
            return ("the radius must be positive and finite",)
        return ()

    def _line(self) -> list[str]:
        return [
            f"width at least {self.width_lower} at radius {number(self.radius)} in l{norm_name(self.norm)}",
            self.evidence,
        ]

    def _body(self) -> dict[str, Any]:
        values = {field.name: _listed(getattr(self, field.name)) for field in fields(self)}  # type: ignore[arg-type]
        return {"format": self.FORMAT, "claim": self.claim, **values, "norm": norm_name(self.norm)}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self:
        """Return the certificate of an unsealed JSON object; raise InputError when it is not complete.

        Raises AlteredCertificateError when its words do not say what its numbers do.
        """
        try:
            values = {field.name: _read(field.type, body[field.name]) for field in fields(cls)}  # type: ignore[arg-type]
            found = cls(**{**values, "norm": parse_norm(body["norm"])})
        except (KeyError, TypeError, ValueError, OverflowError) as problem:
            raise InputError(f"the width certificate is not complete: {problem}") from problem
        check_canonical(body, found._body(), "the width certificate")
        return found


def _listed(value: Any) -> Any:
    return [_listed(part) for part in value] if isinstance(value, tuple) else value


def _read(kind: Any, value: Any) -> Any:
    """Return a number, a text or a tuple, nested or not, as its field wants it."""
    if get_origin(kind) is not tuple:
        return kind(value)
    if not isinstance(value, list) or not 0 < len(value) <= MOST_ROWS:
        raise ValueError(f"a list of 1 to {MOST_ROWS:,} entries is wanted")
    return tuple(_read(get_args(kind)[0], part) for part in value)
