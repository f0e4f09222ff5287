"""Exponents near 1, and so large that no power of a coordinate can be computed: each is a norm like any other."""

import numpy as np
import pytest

import logwidth as lw
from logwidth.norms import lengths

POINTS = np.random.default_rng(0).normal(size=(12, 3)).round(2)
DATA = lw.Dataset(POINTS, (POINTS[:, 0] > 0).astype(int))


@pytest.mark.parametrize("norm", [1 + 1e-10, 1e4, 1e308])
@pytest.mark.parametrize("construction", ["cells", "boxes", None])
def test_networks_are_built_proven_and_attacked_in_every_norm(tmp_path, norm, construction):
    run = lw.memorize(DATA, ratio=0.4, norm=norm, construction=construction, effort="low", bracket=False)
    assert run.certificate.holds
    run.save(tmp_path / "run")
    assert lw.attack_run(tmp_path / "run", DATA, evaluations=100).label_changes == 0


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, 700.0, 1e5, 1e300, np.inf])
@pytest.mark.parametrize("unit", [1e-140, 1.0, 1e150])
def test_lengths_lie_between_the_largest_entry_and_the_sum(p, unit):
    rows = unit * np.random.default_rng(1).normal(size=(20, 4))
    rows[0] = 0.0
    found, largest = lengths(rows, p), np.abs(rows).max(axis=1)
    assert (found >= largest * (1 - 1e-12)).all()
    assert (found <= largest * 4 ** (1 / p) * (1 + 1e-12)).all()
