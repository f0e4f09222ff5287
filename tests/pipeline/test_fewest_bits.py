"""What a network stores is counted, and the way that stores least is taken."""

import numpy as np
import pytest

import logwidth as lw
from logwidth.errors import InputError

CLOUD = lw.Dataset(np.random.default_rng(5).normal(size=(20, 2)), np.arange(20) % 2)
BOOK = np.random.default_rng(0).permutation(np.unique(np.random.default_rng(1).integers(0, 3, size=(90, 3)), axis=0))[:14]
CROSS = lw.Dataset([[0.0, 0], [4, 0], [-2, 3.5], [-2, -3.5]], [0, 1, 1, 0])


@pytest.mark.parametrize(("dtype", "bits"), [("float32", 32), ("float64", 64)])
def test_entries_and_bits_are_those_of_dense_layers(dtype, bits):
    run = lw.memorize(CROSS, ratio=0.5, dtype=dtype)
    dense = sum(layer.dense().size + layer.bias.size for layer in run.network.layers)
    assert run.summary["n_entries"] == run.network.n_entries == dense
    assert run.summary["total_bits"] == bits * dense
    assert run.summary["n_nonzero"] <= dense


def test_the_way_that_stores_least_is_taken_and_a_lattice_is_it_at_small_ratios():
    data = lw.Dataset(BOOK.astype(float), np.arange(14) % 3)
    run = lw.memorize(data, ratio=0.2, fewest_bits=True)
    assert run.certificate.holds
    assert run.summary["construction"] == "lattice"
    usual = lw.memorize(data, ratio=0.2)
    assert usual.summary["total_bits"] > run.summary["total_bits"]


def test_where_no_lattice_exists_another_way_is_taken():
    with pytest.raises(InputError, match="no lattice"):
        lw.memorize(CLOUD, ratio=0.98, norm=np.inf, construction="lattice")
    run = lw.memorize(CLOUD, ratio=0.98, norm=np.inf, fewest_bits=True)
    assert run.certificate.holds


@pytest.mark.parametrize("more", [{"construction": "lattice"}, {"smallest": True}, {"lanes": 2}, {"radius": "max"}])
def test_wishes_that_choose_the_construction_themselves_are_refused(more):
    with pytest.raises(InputError, match="fewest_bits chooses the construction"):
        lw.memorize(CROSS, **({"ratio": 0.5} | more if "radius" not in more else more), fewest_bits=True)
