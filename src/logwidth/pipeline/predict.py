"""Labels of new rows, from a run or from its directory."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import StoredRun, open_run
from logwidth.dataset import DataSource, load_points, read_like
from logwidth.pipeline.run import Run


def predict(run: Run | StoredRun | str | os.PathLike[str], X: Any, *, raw: bool | None = None) -> NDArray[Any]:
    """Return the label of each row of `X` by a run, or by the run in a directory, `(n,)`; None where it returns none.

    `X` is a data frame, an array `(n, d)`, or the path of a file in any form that `load` reads; see
    :meth:`StoredRun.predict` for how columns are matched and what `raw` says.

    Raises InputError for rows or files that cannot be read or matched.
    """
    opened = run.stored if isinstance(run, Run) else run if isinstance(run, StoredRun) else open_run(run)
    if not isinstance(X, str | os.PathLike):
        return opened.predict(X, raw=raw)
    source = read_like(DataSource(os.fspath(X)), opened.summary.get("data_source"), opened.columns)
    points = load_points(source, opened.columns, opened.network.n_inputs, opened.classes)
    whole = ~np.isnan(points).any(axis=1)
    indices = np.full(len(points), -1, dtype=np.int64)
    if whole.any():
        indices[whole] = opened.class_indices(points[whole])
    return opened.labels_of(indices)
