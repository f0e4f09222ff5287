"""The block figure shows the stored layers: their names, their weights, and nothing of networks without blocks."""

import pytest

import kit
from logwidth.errors import InputError
from logwidth.report import block_figure
from logwidth.report.blocks import unit_names


@pytest.mark.parametrize(("d", "ratio"), [(1, 0.5), (2, 0.9), (3, 0.99)])
def test_the_names_fit_the_layers_of_every_sample_but_the_first(d, ratio):
    plan, built = kit.build("sawtooth", kit.cloud("blocks", 5, d, 2), ratio)
    depth = (built.network.depth + 1) // 5
    names = unit_names(d, (depth - 3) // d - 2)
    sizes = [plan.map_rank + len(units) for units in names]
    hidden = [layer.n_outputs for layer in built.network.hidden[depth - 1 :]]
    assert hidden == [*sizes * 3, *sizes[:-1], 1]


def test_the_figure_is_drawn_from_the_stored_weights():
    plan, built = kit.build("sawtooth", kit.cloud("blocks", 5, 2, 2), 0.9)
    drawing = block_figure(built.network, ".svg")
    assert drawing == block_figure(built.network, ".svg")
    start = plan.map_rank * 4 + 2
    other = kit.changed(built.network, start + 4, bias=plan.map_rank + 2, to=lambda b: b + b.dtype.type(0.25))
    other = kit.changed(other, start + 4, bias=plan.map_rank + 3, to=lambda b: b - b.dtype.type(0.25))
    assert block_figure(other, ".svg") != drawing


def test_other_networks_and_files_are_refused():
    _, built = kit.build("register", kit.cloud("blocks", 5, 2, 2), 0.9)
    with pytest.raises(InputError, match="not of the form register"):
        block_figure(built.network)
    with pytest.raises(InputError, match="whose blocks can be drawn"):
        block_figure(kit.of_dense([(-W, b) for W, b in kit.dense(built.network)]))
    with pytest.raises(InputError, match=r"\.png, \.svg or \.pdf"):
        block_figure(built.network, ".gif")
