"""Small networks whose right answers are known: what a runtime does to numbers, in words, and what mends it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from logwidth.export import to_onnx
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.runtimes.runtime import Runtime, in_chunks, opened
from logwidth.types import FloatArray

WIDTH, COPIES = 24, 32
FULL = {"float32": 24, "float64": 53}
BEYOND_HALF = 2.0**17  # float16 ends at 65504
NARROW, FLUSHED = "narrow", "flushed"
SCALES = "no setting; multiply the features by a power of two (`--scale`) so that none is near 1e-38, and fit again"
REMEDIES: Mapping[tuple[str, str], str] = {
    ("openvino", NARROW): '--set INFERENCE_PRECISION_HINT=f32; in code: compile_model(model, "CPU", '
    '{"INFERENCE_PRECISION_HINT": "f32"})',
    ("openvino", FLUSHED): SCALES,
    ("ncnn", NARROW): "--set use_fp16_packed=0 --set use_fp16_storage=0 --set use_fp16_arithmetic=0 --set use_bf16_packed=0 "
    "--set use_bf16_storage=0; in code: the same attributes of net.opt, False before load_param",
    ("torch", NARROW): "leave out --set autocast=1; in code: no torch.autocast around the module",
    ("torch", FLUSHED): "--set flush_denormal=0; in code: torch.set_flush_denormal(False)",
    ("jax", NARROW): "--set jax_default_matmul_precision=highest; in code: "
    'jax.config.update("jax_default_matmul_precision", "highest")',
    ("jax", FLUSHED): SCALES,
    ("tract", FLUSHED): SCALES,
    ("tflite", FLUSHED): SCALES,
    ("ncnn", FLUSHED): SCALES,
    ("tvm", FLUSHED): SCALES,
}
GENERAL = {
    NARROW: "look for a setting of the runtime that asks for float32 (full, highest, accuracy)",
    FLUSHED: SCALES,
}


@dataclass(frozen=True)
class Probes:
    """What a runtime keeps of numbers of the format `dtype`.

    `value_bits` and `weight_bits`: significant bits of an input, and of a weight, that survive (24 in float32, 11 in
    float16 and TF32, 8 in bfloat16, fewer where numbers become integers of 8 bits). `range_kept`: whether a weight and a
    value of 131,072 survive. `subnormals_kept`: the same of the smallest kind of numbers, about 1e-40 in float32.
    `sums_kept`: whether 4096 + 1 + … + 1 − 4096 is the number of ones, in a format with enough bits for that, whatever
    the order.
    """

    dtype: str
    value_bits: int
    weight_bits: int
    range_kept: bool
    subnormals_kept: bool
    sums_kept: bool

    @property
    def full_bits(self) -> bool:
        """Whether values and weights keep all of their bits."""
        return min(self.value_bits, self.weight_bits) >= FULL[self.dtype]

    @property
    def clean(self) -> bool:
        """Whether nothing was lost."""
        return self.full_bits and self.range_kept and self.subnormals_kept and self.sums_kept


def probe(runtime: Runtime, dtype: str) -> Probes:
    """Return what a runtime keeps, told by networks of one hidden layer of 24 units. Raises InputError if it takes none."""
    bits: FloatArray = np.asarray(1.0 + 2.0 ** -np.arange(1.0, FULL[dtype]), dtype=np.float64)
    smallest = float(np.finfo(dtype).smallest_normal) * 2.0**-7
    large, small = np.full(1, BEYOND_HALF), np.full(1, smallest)
    *values, ranges, tiny = _seen(runtime, [*_parts(bits), large, small], dtype)
    weights = [_seen_weights(runtime, part, dtype) for part in _parts(bits)]
    beyond = [ranges, _seen_weights(runtime, large, dtype)]
    little = [tiny, _seen_weights(runtime, small, dtype)]
    return Probes(
        dtype,
        _kept(np.concatenate(values), bits),
        _kept(np.concatenate(weights), bits),
        all(np.array_equal(found, large) for found in beyond),
        all(np.array_equal(found, small) for found in little),
        _sums(runtime, dtype),
    )


def _parts(numbers: FloatArray) -> list[FloatArray]:
    return [numbers[start : start + WIDTH] for start in range(0, len(numbers), WIDTH)]


def _kept(found: FloatArray, bits: FloatArray) -> int:
    """Return how many significant bits survive: 1 + 2^-k needs k + 1 of them."""
    lost = np.flatnonzero(found != bits)
    return int(lost[0]) + 1 if lost.size else len(bits) + 1


def _evaluated(
    runtime: Runtime, hidden: FloatArray, last: FloatArray, rows: list[FloatArray], dtype: str
) -> list[FloatArray]:
    """Return a network's outputs for some rows, filled up with zeros, of a batch with many copies of each."""
    layers = [AffineLayer.from_dense(m.astype(dtype), np.zeros(len(m), dtype=dtype)) for m in (hidden, last)]
    evaluate = opened(runtime, to_onnx(ReluNetwork((layers[0],), layers[1])))
    batch = np.zeros((len(rows), COPIES, hidden.shape[1]), dtype=dtype)
    for copies, row in zip(batch, rows, strict=True):
        copies[:, : len(row)] = row
    with np.errstate(all="ignore"):
        found = in_chunks(evaluate, batch.reshape(-1, hidden.shape[1]))
    return list(found[::COPIES])


def _seen(runtime: Runtime, rows: list[FloatArray], dtype: str) -> list[FloatArray]:
    """Return what becomes of numbers as inputs."""
    found = _evaluated(runtime, np.eye(WIDTH), np.eye(WIDTH), rows, dtype)
    return [values[: len(row)] for values, row in zip(found, rows, strict=True)]


def _seen_weights(runtime: Runtime, numbers: FloatArray, dtype: str) -> FloatArray:
    """Return what becomes of numbers as weights, up to 24 of them; the other weights are like them."""
    weights = np.concatenate([numbers, np.full(WIDTH - len(numbers), numbers[0])])
    (found,) = _evaluated(runtime, np.diag(weights), np.eye(WIDTH), [np.ones(WIDTH)], dtype)
    return found[: len(numbers)]


def _sums(runtime: Runtime, dtype: str) -> bool:
    ones = WIDTH - 2
    row = np.array([4096.0, *np.ones(ones), -4096.0])
    (found,) = _evaluated(runtime, np.tile(row, (WIDTH, 1)), np.eye(WIDTH), [np.ones(WIDTH)], dtype)
    return bool((found == ones).all())


def reasons(probes: Probes) -> list[tuple[str, str]]:
    """Return what a runtime does to numbers that the certificate does not cover, as pairs of a kind and a sentence."""
    found = []
    if not probes.full_bits or not probes.range_kept or not probes.sums_kept:
        found.append((NARROW, _narrow(probes)))
    if not probes.subnormals_kept:
        size = "1.2e-38" if probes.dtype == "float32" else "2.2e-308"
        found.append((FLUSHED, f"numbers smaller than {size} (subnormal ones) become 0"))
    return found


def remedy(runtime: str, kinds: list[str], *, harmed: bool) -> str | None:
    """Return the setting that mends the first kind of fault, or what to do where there is none; None if nothing is to do.

    Narrow formats are worth mending even if no label was seen to change; numbers that become 0 only if one was (`harmed`).

    >>> remedy("jax", ["flushed"], harmed=False) is None, remedy("torch", ["narrow", "flushed"], harmed=True)[:9]
    (True, 'leave out')
    """
    urgent = [kind for kind in (NARROW, FLUSHED) if kind in kinds and (harmed or kind == NARROW)]
    return REMEDIES.get((runtime, urgent[0]), GENERAL[urgent[0]]) if urgent else None


def _narrow(probes: Probes) -> str:
    full = FULL[probes.dtype]
    values, weights = min(probes.value_bits, full), min(probes.weight_bits, full)
    lost = [f"{what} keep {bits} of {full} significant bits" for what, bits in _counted(values, weights) if bits < full]
    if not probes.range_kept:
        lost.append("131072 does not survive: numbers end at 65504")
    if not probes.sums_kept:
        lost.append("sums lose small terms beside large ones")
    return f"{_format(probes)} ({'; '.join(lost)})"


def _counted(values: int, weights: int) -> list[tuple[str, int]]:
    return [("values and weights", values)] if values == weights else [("values", values), ("weights", weights)]


def _format(probes: Probes) -> str:
    """Return which arithmetic that looks like."""
    full, bits = FULL[probes.dtype], min(probes.value_bits, probes.weight_bits)
    who = "weights are kept" if probes.value_bits >= full > probes.weight_bits else "it computes"
    if bits < 8:
        return f"{who} in integers of 8 bits, or in a format as coarse"
    if bits == 8:
        return f"{who} in bfloat16"
    if bits == 11:
        return f"{who} in {'TF32' if probes.range_kept else 'float16'}"
    if bits < full:
        return f"{who} in a format of {bits} significant bits"
    return "weights are cut to the range of float16" if not probes.range_kept else "it accumulates in a narrower format"
