"""Rows far from all data, up to the largest float: no radius is proven there, none is lost elsewhere, nothing is raised."""

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import StoredRun
from logwidth.construct import CONSTRUCTIONS
from logwidth.errors import InputError

LABELS = np.arange(10) % 2
POINTS = np.random.default_rng(0).normal(size=(10, 2)) + 4.0 * LABELS[:, None]
SIZES = (2.0**24, 2.0**53, 2.0**53 + 2, 1e20, 3.4e38, 1e39, 1e150, 1e300, 1.7e308)
FAR = np.array([row for v in SIZES for row in ([v, v], [-v, v], [v, 0.0], [0.0, -v])])
CASES = [(name, dtype) for name, spec in CONSTRUCTIONS.items() if not spec.reference for dtype in spec.dtypes]


def stored(name: str, dtype: str) -> tuple[StoredRun, lw.Dataset]:
    data, norm = lw.Dataset(POINTS, LABELS), CONSTRUCTIONS[name].home
    try:
        run = lw.memorize(data, ratio=0.5, norm=norm, construction=name, dtype=dtype, pieces="all")
    except InputError as problem:
        pytest.skip(str(problem))
    assert run.certificate.holds
    return StoredRun(run.network, data.classes, data.values, run.certificate, run.summary), data


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_far_rows_have_no_radius_and_take_none_from_others(name: str, dtype: str) -> None:
    run, data = stored(name, dtype)
    near = run.radii(POINTS, run.class_indices(POINTS), data)
    assert (near >= run.certificate.radius).all()
    rows = np.concatenate([FAR, POINTS])
    indices = run.class_indices(rows)
    radii = run.radii(rows, indices, data)
    assert (radii[: len(FAR)] == 0).all()
    assert (radii[len(FAR) :] >= near).all()
    for k in range(len(FAR)):
        assert run.radii(rows[k : k + 1], indices[k : k + 1], data).tolist() == [0.0]


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_their_labels_are_those_of_the_chain_or_none(name: str, dtype: str) -> None:
    run, _ = stored(name, dtype)
    found, chain = run.class_indices(FAR), run.class_indices(FAR, chain=True)
    assert ((found == chain) | (found < 0)).all()
