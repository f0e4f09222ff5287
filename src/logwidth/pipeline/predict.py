"""Labels of new rows, from a run or from its directory."""

import os
from typing import Any

from numpy.typing import NDArray

from logwidth.certify import StoredRun, open_run
from logwidth.pipeline.run import Run


def predict(run: Run | StoredRun | str | os.PathLike[str], X: Any) -> NDArray[Any]:
    """Return the label of each row of `X` `(n, d)` by a run, or by the run in a directory, see :meth:`StoredRun.predict`.

    Raises InputError for rows or files that cannot be read.
    """
    return (run if isinstance(run, Run | StoredRun) else open_run(run)).predict(X)
