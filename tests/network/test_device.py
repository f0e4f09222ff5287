"""Networks on tensors: the labels of numpy, and no product that rounds more coarsely than the proofs allow."""

from fractions import Fraction

import numpy as np
import pytest

import logwidth as lw
from logwidth.errors import InputError, MissingExtraError
from logwidth.network import fused as device
from logwidth.rounding import gamma_upper

torch = pytest.importorskip("torch")
compat = pytest.importorskip("array_api_compat")
DATA = "codebook:n=400,d=12,classes=6,noise=0.5"


@pytest.fixture(scope="module", params=["float32", "float64"])
def run(request, tmp_path_factory):
    data = lw.load(DATA)
    folder = tmp_path_factory.mktemp("device") / request.param
    start = lw.check_map(data, np.eye(12))
    lw.memorize(data, ratio=0.5, pieces="all", dtype=request.param, start=start).save(folder)
    return lw.open_run(folder)


def queries():
    """Samples, and mixtures of two of them, some between classes."""
    points, rng = lw.load(DATA).points, np.random.default_rng(0)
    mixed = 0.5 * (points[rng.integers(0, 400, 600)] + points[rng.integers(0, 400, 600)])
    return np.concatenate([points, mixed])


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_tensors_get_the_labels_of_arrays(run, kind):
    rows = queries().astype(kind)
    tensor = torch.tensor(rows, requires_grad=True)
    found = run.class_indices(tensor)
    assert (found == run.class_indices(rows)).all()
    assert (found == run.class_indices(rows, chain=True)).all()
    assert (found == run.class_indices(tensor, chain=True)).all()
    values, clear = run.fusion.read(tensor)
    assert clear[:400].mean() > 0.9
    assert set(values) <= set(run.label_values)


def test_rows_that_are_no_numbers_or_overflow_are_never_clear(run):
    rows = queries()[:4]
    rows[:3, 0] = np.nan, np.inf, -np.inf
    assert run.fusion.read(torch.tensor(rows))[1].tolist() == [False] * 3 + [True]


def test_scores_stay_within_the_bound_that_the_proof_uses(run):
    network, entry = run.fusion.network, run.fusion.entry
    rows = queries()[:40].astype(run.network.dtype)
    values, maxima = device.values_and_maxima(entry, network, torch.tensor(rows))
    factor = Fraction(gamma_upper(values.shape[1] + 3, {"float32": 2.0**-24, "float64": 2.0**-53}[run.network.dtype]))
    for value, best in zip(values[:5], maxima[:5], strict=True):
        z = [Fraction(float(v)) for v in value[: network.table.shape[1] - 1]] + [Fraction(1)]
        terms = [[Fraction(float(w)) * v for w, v in zip(row, z, strict=True)] for row in network.table]
        errors = [factor * sum(map(abs, row)) for row in terms]
        for k, a in enumerate(network.starts.tolist()):
            own = range(a, a + network.sizes[k])
            low, high = (max(sum(terms[t]) + sign * errors[t] for t in own) for sign in (-1, 1))
            assert low <= Fraction(float(best[k])) <= high


class Coarse:
    """The namespace of torch with products of numbers that keep some bits only, as TF32 (11) and bfloat16 (8) do."""

    def __init__(self, bits):
        self.bits = bits

    def __getattr__(self, name):
        return getattr(compat.array_namespace(torch.zeros(1)), name)

    def matmul(self, a, b):
        return torch.matmul(self._short(a), self._short(b))

    def _short(self, a):
        mantissa, exponent = torch.frexp(a)
        return torch.ldexp(torch.round(mantissa * 2**self.bits) / 2**self.bits, exponent)


@pytest.mark.parametrize("bits", [8, 11, 16, 22])
def test_the_probe_sees_numbers_that_lose_bits(bits):
    device.check_rounding(Coarse(24), torch.float32, "cpu")
    with pytest.raises(InputError, match="TF32"):
        device.check_rounding(Coarse(bits), torch.float32, "cpu")


def test_settings_that_round_coarsely_are_refused(run):
    rows = torch.tensor(queries()[:5])
    single = run.network.dtype == "float32"
    for precision in ("high", "medium"):
        torch.set_float32_matmul_precision(precision)
        try:
            if single:
                with pytest.raises(InputError, match="set_float32_matmul_precision"):
                    run.class_indices(rows)
            else:
                run.class_indices(rows)
        finally:
            torch.set_float32_matmul_precision("highest")
    if torch.set_flush_denormal(True):
        try:
            with pytest.raises(InputError, match="flush to zero"):
                run.class_indices(rows)
        finally:
            torch.set_flush_denormal(False)


@pytest.mark.skipif(not hasattr(torch.backends, "fp32_precision"), reason="torch before 2.9 has one setting")
def test_settings_that_contradict_each_other_are_one_line(run):
    rows, backend = torch.tensor(queries()[:5]), torch.backends.cuda.matmul
    before, backend.fp32_precision = backend.fp32_precision, "tf32"
    try:
        if run.network.dtype == "float32":
            with pytest.raises(InputError, match="round more coarsely"):
                run.class_indices(rows)
    finally:
        backend.fp32_precision = before
    assert len(run.class_indices(rows)) == 5


def test_wrong_shapes_and_a_missing_extra_are_named(run, monkeypatch):
    with pytest.raises(InputError, match="rows of 12 features"):
        run.class_indices(torch.zeros((3, 5)))
    assert run.class_indices(torch.zeros((0, 12))).shape == (0,)
    monkeypatch.setitem(__import__("sys").modules, "array_api_compat", None)
    with pytest.raises(MissingExtraError, match=r"logwidth\[gpu\]"):
        run.class_indices(torch.zeros((3, 12)))
