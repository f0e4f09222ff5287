"""Widths and depths are what the catalogue says, for every construction on every family."""

import numpy as np
import pytest

import kit
from logwidth.construct import CONSTRUCTIONS, Extent, construction_named, constructions_for
from logwidth.errors import InputError


@pytest.mark.parametrize(("name", "dtype", "family"), kit.CASES)
def test_width_and_depth_equal_the_formulas(name, dtype, family):
    spec = CONSTRUCTIONS[name]
    plan, built = kit.build(name, kit.FAMILIES[family](), 0.9, dtype)
    sizes = kit.sizes_in_order(name, plan)
    m, n = plan.map_rank, sum(sizes)
    if spec.by_scores:
        assert built.n_pieces == n
    if name.startswith(kit.NEAREST):
        assert built.n_pieces % (m * n) == 0
        assert built.n_pieces == {"che": 2 * m * n, "man": m * n}.get(name[:3], built.n_pieces)
    extent = Extent(sizes, built.n_pieces, plan.map_rank, 2 * plan.radius / plan.distance)
    if n > 3 or not name.startswith(kit.NEAREST):  # with fewer samples some units are never needed
        assert built.network.width == spec.width(extent)
    assert spec.by_budget or built.network.width <= plan.map_rank + spec.extra_width
    assert built.network.depth == spec.depth(extent)
    assert built.network.dtype == dtype
    assert built.name == name


def sizes_of(data):
    return np.bincount(data.labels).tolist()


@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_a_map_of_lower_rank_narrows_the_network(name):
    data = kit.cloud("rank", 10, 6, 2)
    plan, built = kit.build(name, data, 0.5, CONSTRUCTIONS[name].dtypes[0], *kit.low_rank(data, 3, name))
    assert plan.map_rank == 3
    assert built.network.width == CONSTRUCTIONS[name].width(Extent(sizes_of(data), built.n_pieces, 3, 0.5))


@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_the_same_plan_gives_the_same_bits(name):
    data = kit.cloud("bits", 9, 3, 2)
    first, second = (kit.build(name, data, 0.7, CONSTRUCTIONS[name].dtypes[0])[1].network for _ in range(2))
    for a, b in zip(first.layers, second.layers, strict=True):
        assert a.dense().tobytes() == b.dense().tobytes()
        assert a.bias.tobytes() == b.bias.tobytes()


def test_equal_images_are_one_piece():
    data = kit.FAMILIES["copies"]()
    _, built = kit.build("register", data)
    assert built.n_pieces == len(np.unique(data.points, axis=0)) < data.n_samples


def test_constructions_are_offered_only_for_what_they_serve():
    assert {r.name for r in constructions_for("float32", [3, 3])} <= {
        n for n, r in CONSTRUCTIONS.items() if "float32" in r.dtypes
    }
    for sizes in ([1, 1], [1, 4], [3, 3, 1]):
        assert constructions_for("float32", sizes)
        assert all(spec.serves(sizes) for spec in constructions_for("float64", sizes))
    with pytest.raises(InputError, match="known are: register"):
        construction_named("tower")
