"""Slices of a table: a frame for each proven cell, a cross for each other, a colour for each class."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from logwidth.report.figures import Slice, file_bytes, table_figure


@pytest.mark.parametrize("proven", [[True, True, False], [False, False, False]], ids=["two", "none"])
def test_only_proven_cells_have_frames(proven):
    low = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    answers = np.arange(12).reshape(3, 4) % 3
    part = Slice("one", np.arange(4.0), np.arange(3.0), answers, low, low + 0.9, np.array(proven))
    figure = table_figure([part, part], ("stay", "left", "right"), ("x", "y"))
    for axes in figure.axes:
        frames = [(p.get_x(), p.get_width()) for p in axes.patches]
        assert np.allclose(
            frames or np.zeros((0, 2)), [(x, 0.9) for x, ok in zip(low[:, 0], proven, strict=True) if ok] or np.zeros((0, 2))
        )
        assert [line.get_xdata()[0] for line in axes.lines] == [
            x + 0.45 for x, ok in zip(low[:, 0], proven, strict=True) if not ok
        ]
        assert np.array_equal(axes.collections[0].get_array().reshape(3, 4), answers)
    assert file_bytes(figure, ".svg") == file_bytes(
        table_figure([part, part], ("stay", "left", "right"), ("x", "y")), ".svg"
    )
