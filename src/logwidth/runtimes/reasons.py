"""What is wrong with a runtime's arithmetic, in words, and the setting that mends it."""

from collections.abc import Mapping

from logwidth.runtimes.probes import FULL, Probes

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
