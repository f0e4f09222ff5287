"""Raw measurements: clean accuracy on held-out rows beside 1-NN, as JSON lines.

    python benchmarks/accuracy.py [--data digits] [--rows N] [--test X.npz] [--splits 3] [--out FILE]

Per split, ratio and width budget: the network is fitted to 80 % of the rows (of N of them), certified on them, and evaluated
on the other 20 %, or on all rows of X.npz. `one_nn` is the label of the nearest fitted row; `agree` the share of held-out
rows on which both say the same. Lines are appended. Nothing is trained and no row chosen by its accuracy: numbers, not
promises.
"""

import time
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.neighbors import KNeighborsClassifier

import logwidth as lw
from lines import add_line, options_of
from logwidth.estimator import RobustMemorizer

WIDTHS = (None, 27)


def halves(data: lw.Dataset, rows: int | None, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 80 % and 20 % of the rows, or of `rows` of them, classes in proportion."""
    fitted, held = (0.8, 0.2) if rows is None else (int(0.8 * rows), rows - int(0.8 * rows))
    split = StratifiedShuffleSplit(1, train_size=fitted, test_size=held, random_state=seed)
    return next(split.split(data.points, data.labels))


def measured(fit: tuple, held: tuple, ratio: float, width: int | None) -> dict[str, object]:
    started = time.perf_counter()
    model = RobustMemorizer(ratio=ratio, width=width).fit(*fit)
    seconds = time.perf_counter() - started
    ours = model.predict(held[0])
    nearest = KNeighborsClassifier(1).fit(*fit).predict(held[0])
    return {
        "ratio": ratio,
        "width_budget": width,
        "accuracy": float((ours == held[1]).mean()),
        "one_nn": float((nearest == held[1]).mean()),
        "agree": float((ours == nearest).mean()),
        "n_held_out": len(held[1]),
        **{k: model.summary_[k] for k in ("n_samples", "n_pieces", "map_rank", "width", "depth", "certified")},
        "seconds": seconds,
    }


def main() -> None:
    parser = options_of(__doc__, "accuracy")
    parser.add_argument("--data", default="digits")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--ratios", type=float, nargs="+", default=[0.99, 0.9, 0.5, 0.1])
    parser.add_argument("--widths", type=lambda w: int(w) or None, nargs="+", default=list(WIDTHS), help="0: no budget")
    options = parser.parse_args()
    data = lw.load(options.data, scale=options.scale)
    labels = np.array(data.original_labels())
    for seed in range(options.splits):
        rows, others = halves(data, options.rows, seed)
        held = data.points[others], labels[others]
        if options.test is not None:
            with np.load(options.test) as archive:
                held = archive["X"].reshape(len(archive["X"]), -1) / options.scale, archive["y"]
        for ratio in options.ratios:
            for width in options.widths:
                row = measured((data.points[rows], labels[rows]), held, ratio, width)
                row = {"data": data.name, "seed": seed, **row, "logwidth": lw.__version__}
                add_line(options.out, row)


if __name__ == "__main__":
    main()
