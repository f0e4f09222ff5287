"""The certificate: claim, float model, evidence and outcome in one value, and its JSON form."""

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.balls.certify import Certification
from logwidth.certify.outcome import Outcome
from logwidth.certify.runs.rejection import Rejection
from logwidth.certify.sealed import check_canonical, seal, unseal
from logwidth.dataset import Dataset
from logwidth.display import Shown, axes_or_new, down, draw_radii
from logwidth.errors import InputError
from logwidth.norms import norm_name, parse_norm

FORMAT = "logwidth certificate 1"
FLOAT_MODEL = (
    "IEEE 754 {dtype} with round to nearest; inputs rounded to {dtype} first; every layer's outputs stored in {dtype}; any "
    "order of summation, accumulated in {dtype} or in a format of at least 2p + 2 bits (p those of {dtype}), with or "
    "without fused multiply-add; gradual underflow. Not covered: other wider accumulators, flush-to-zero, bfloat16, TF32, "
    "products by Strassen-like algorithms."
)
NARROW_FLOAT_MODEL = (
    "As read or as stored, features, coordinates and scores are rounded to {arithmetic}, to nearest, or not at all; all "
    "scores read the same coordinates. Products are exact or in {dtype}; sums, biases included, are in {dtype} or in a "
    "format of at least 2p + 2 bits (p those of {dtype}), in any order, with or without fused multiply-add. Numbers below "
    "the normal ones of {dtype} may become 0. Not covered: sums rounded to {arithmetic} before a bias is added."
)
EARLIER_FLOAT_MODELS = (  # what certificates of earlier versions say; read as what is proven today
    "IEEE 754 {dtype} with round to nearest; inputs rounded to {dtype} first; every layer's outputs stored in {dtype}; any "
    "order of summation, with or without fused multiply-add; gradual underflow. Not covered: flush-to-zero, bfloat16, "
    "TF32, products by Strassen-like algorithms.",
)


_WRITTEN_APART = {"status", "radius_lower", "feature_scales", "rejection", "arithmetic"}


@dataclass(frozen=True, eq=False, repr=False)
class Certificate(Shown):
    """For which balls `B_p(x_i, radius)` the stored network returns the label of `x_i` at every real point.

    `status` `(N,)` holds an :class:`Outcome` per sample and `radius_lower` `(N,)` a radius that is proven for it (−1 if
    none). `witnesses` maps a falsified sample to an input of its ball and the label found there. `constants` are the
    numbers of the rounding bound. `network_sha256` is the digest of the ONNX file's bytes. `feature_scales` `(d,)`, powers
    of two: radii are those of features divided by them, and the file reads features that are not (None: no scales).
    `rejection` is the other half of the claim, of inputs far from all samples (None: nothing is claimed of them). With
    `arithmetic` ('float16', 'bfloat16') the claim holds for numbers rounded to that format, too.
    """

    norm: float
    radius: float
    dtype: str
    form: str
    rule: str
    status: NDArray[np.int8]
    radius_lower: NDArray[np.float64]
    constants: dict[str, float]
    data_sha256: str
    network_sha256: str
    witnesses: dict[int, dict[str, Any]] = field(default_factory=dict)
    reason: str = ""
    feature_scales: tuple[float, ...] | None = None
    rejection: Rejection | None = None
    arithmetic: str | None = None

    def count(self, outcome: Outcome) -> int:
        """Return the number of samples with this outcome."""
        return int((self.status == outcome).sum())

    @property
    def holds(self) -> bool:
        """Whether every ball is certified, and what is claimed far from all samples."""
        return self.count(Outcome.CERTIFIED) == self.status.size and (self.rejection is None or self.rejection.holds)

    @property
    def claim(self) -> str:
        """The theorem in words."""
        step = "x - x_i" if self.feature_scales is None else "(x - x_i) / feature_scales"
        distance = f"||{step}||_{norm_name(self.norm)}"
        reading = "returns exactly" if self.rule == "exact" else "returns, rounded to the nearest label value,"
        size = "|x_j|" if self.feature_scales is None else "|x_j / feature_scales_j|"
        far = "" if self.rejection is None or not self.rejection.holds else f"; {self.rejection.claim(size, distance)}"
        return (
            f"for every sample i with status 0 and every real x with {distance} <= {self.radius!r}, "
            f"the network {reading} the label value of x_i; so it does for {distance} <= radius_lower[i]{far}"
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return claim and outcome as rows of text."""
        proven = np.maximum(self.radius_lower, 0.0)
        radii = (proven.min(initial=np.inf), np.median(proven), proven.max(initial=0.0)) if proven.size else ()
        return [
            ("claim", self.claim),
            ("radius σ", f"{down(self.radius)} in l{norm_name(self.norm)}"),
            ("certified", f"{self.count(Outcome.CERTIFIED):,} of {self.status.size:,}"),
            ("falsified", f"{self.count(Outcome.FALSIFIED):,}"),
            ("undecided", f"{self.count(Outcome.UNDECIDED):,}"),
            ("proven radii", " / ".join(down(float(r)) for r in radii) + "   (least / median / largest)"),
            ("network", f"{self.form} in {self.dtype}, labels {self.rule}"),
            *([] if self.rejection is None else [("none", repr(self.rejection))]),
            *([("arithmetic", self.arithmetic)] if self.arithmetic else []),
            *([("reason", self.reason)] if self.reason else []),
        ]

    def plot(self, ax: Any = None) -> Any:
        """Draw how many samples have which proven radius into `ax`, or into new axes; return them (extra `plot`)."""
        return draw_radii(axes_or_new(ax, 6.0, 3.5), self.radius_lower, claimed=self.radius)

    def _line(self) -> list[str]:
        return [
            f"{self.count(Outcome.CERTIFIED):,} of {self.status.size:,} balls certified",
            f"{self.count(Outcome.FALSIFIED):,} falsified",
            f"{self.count(Outcome.UNDECIDED):,} undecided",
            f"radius {down(self.radius)} in l{norm_name(self.norm)}",
            f"{self.form} in {self.dtype}",
        ]

    @classmethod
    def bind(
        cls,
        found: Certification,
        data: Dataset,
        content: bytes,
        ball: tuple[float, float],
        dtype: str,
        scales: NDArray[np.float64] | None = None,
        arithmetic: str | None = None,
    ) -> "Certificate":
        """Return the certificate of what was found, bound to the data and to the bytes of the network's file.

        `ball` is `(radius, p)`, `scales` those of the inputs, as read from the bytes. Per-sample radii beyond the certified
        one are stored a little smaller, so that a checker whose float64 sums run in another order proves them too.
        """
        radius, norm = map(float, ball)
        proven = np.where(found.radius_lower > 0, found.radius_lower * (1 - 2.0**-30), found.radius_lower)
        certified = found.status == Outcome.CERTIFIED
        return cls(
            norm=norm,
            radius=radius,
            dtype=dtype,
            form=found.form,
            rule=found.rule,
            status=found.status,
            radius_lower=np.where(certified, np.maximum(proven, radius), proven),
            constants=found.constants,
            data_sha256=data.sha256,
            network_sha256=hashlib.sha256(content).hexdigest(),
            witnesses={i: {"point": w.point, "output": _printed(w.output)} for i, w in found.witnesses.items()},
            reason=found.reason,
            feature_scales=None if scales is None else tuple(scales.tolist()),
            arithmetic=arithmetic,
        )

    def to_json(self) -> str:
        """Return the certificate as JSON with a digest of its own content."""
        return seal(self._body(), indent=1)

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "claim": self.claim,
            "float_model": self._float_model(),
            **{name: value for name, value in asdict(self).items() if name not in _WRITTEN_APART},
            **({} if self.rejection is None else {"rejection": self.rejection.to_json()}),
            **({} if self.feature_scales is None else {"feature_scales": list(self.feature_scales)}),
            **({} if self.arithmetic is None else {"arithmetic": self.arithmetic}),
            "norm": norm_name(self.norm),
            "witnesses": {str(i): witness for i, witness in self.witnesses.items()},
            "status": self.status.tolist(),
            "radius_lower": self.radius_lower.tolist(),
        }

    def _float_model(self) -> str:
        model = FLOAT_MODEL if self.arithmetic is None else NARROW_FLOAT_MODEL
        return model.format(dtype=self.dtype, arithmetic=self.arithmetic)

    @classmethod
    def from_json(cls, text: str) -> "Certificate":
        """Return the certificate that `text` holds.

        Raises InputError when it is not one, and :class:`AlteredCertificateError` when its digest does not match or its
        words do not say what its numbers do.
        """
        body = unseal(text, "certificate.json", (FORMAT,))
        try:
            certificate = cls._from_body(body)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as problem:
            raise InputError(f"certificate.json is not a complete certificate: {problem!r}") from problem
        written = certificate._body()
        if certificate.arithmetic is None and body.get("float_model") in [
            words.format(dtype=certificate.dtype) for words in EARLIER_FLOAT_MODELS
        ]:
            written["float_model"] = body["float_model"]
        check_canonical(body, written, "certificate.json")
        return certificate

    @classmethod
    def _from_body(cls, body: dict[str, Any]) -> "Certificate":
        texts = ("dtype", "form", "rule", "data_sha256", "network_sha256", "reason")
        for name, kind in {**dict.fromkeys(texts, str), "radius": float, "constants": dict, "witnesses": dict}.items():
            if not isinstance(body[name], kind):
                raise TypeError(f"{name} is not of type {kind.__name__}")
        radius_lower = np.array(body["radius_lower"], dtype=np.float64)
        if not np.isfinite(radius_lower).all():
            raise ValueError("a radius is no finite number")
        return cls(
            norm=parse_norm(body["norm"]),
            radius=body["radius"],
            constants=body["constants"],
            status=_small_integers(body["status"]),
            radius_lower=radius_lower,
            witnesses={int(i): witness for i, witness in body["witnesses"].items()},
            feature_scales=tuple(map(float, body["feature_scales"])) if "feature_scales" in body else None,
            rejection=Rejection.from_json(body["rejection"]) if "rejection" in body else None,
            arithmetic=_text(body["arithmetic"]) if "arithmetic" in body else None,
            **{name: body[name] for name in texts},
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("the arithmetic is not named by a text")
    return value


def _small_integers(numbers: list[int]) -> NDArray[np.int8]:
    """Return integers as int8; TypeError for other numbers, OverflowError for those that do not fit."""
    if not all(type(number) is int for number in numbers):
        raise TypeError("a status must be an integer")
    found = np.array(numbers, dtype=np.int64)
    if found.size and not -128 <= found.min() <= found.max() <= 127:
        raise OverflowError(f"{int(np.abs(found).max())} is no status")
    return found.astype(np.int8)


def _printed(output: float) -> float | str:
    """JSON has no number for an output that overflowed."""
    return output if np.isfinite(output) else repr(output)
