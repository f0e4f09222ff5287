"""Raw measurements: a table on a grid beside what holds it or nearly holds it (JSON lines, one per way of keeping it).

    python benchmarks/tables.py TABLE.npz [--ratio 0.99] [--points 1000000] [--epochs N] [--out FILE]

TABLE holds grid indices `X` and decisions `y`. Ways: `table` (the array of decisions alone, compressed by NumPy,
looked up by rounding to the nearest index), `chain` and `fused` (the certified network of boxes, both its files),
`predict` (the run as logwidth reads it), `tree` (scikit-learn's, exported by skl2onnx) and `mlp` (scikit-learn's,
five hidden layers of 25 units as the published HorizontalCAS networks have, trained on the standardised indices for N
epochs). ONNX files run in onnxruntime on one thread. The points lie at random in the certified cells, `ratio / 2`
around random states, besides all corners of 1,000 cells; `states_wrong`, `points_wrong` and `corners_wrong` count
labels that are not the state's. `bytes` is the file's size, `microseconds` the processor time for a look-up in
batches of 4,096 rows; `load` is the machine's load average then.
"""

import argparse
import io
import itertools
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnxruntime

import logwidth as lw
from logwidth.pipeline import fuse_run

BATCH, CELLS = 4096, 1000
Labels = Callable[[np.ndarray], np.ndarray]


def in_onnxruntime(content: bytes) -> Labels:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    name, output = session.get_inputs()[0].name, session.get_outputs()[0].name
    return lambda rows: session.run([output], {name: rows})[0].reshape(-1)


def looked_up(data: lw.Dataset) -> tuple[bytes, Labels]:
    sides = data.points.max(axis=0).astype(int) + 1
    table = np.zeros(sides, dtype=np.int8)
    table[tuple(data.points.astype(int).T)] = np.array(data.classes)[data.labels]
    stream = io.BytesIO()
    np.savez_compressed(stream, table=table)

    def labels(rows: np.ndarray) -> np.ndarray:
        places = np.clip(np.rint(rows).astype(np.int64), 0, sides - 1)
        return table[tuple(places.T)]

    return stream.getvalue(), labels


def of_run(folder: Path) -> Iterator[tuple[str, int, Labels]]:
    for name in ("network", "network_fused"):
        content = (folder / f"{name}.onnx").read_bytes()
        yield "fused" if name.endswith("fused") else "chain", len(content), in_onnxruntime(content)
    run = lw.open_run(folder)
    yield "predict", sum((folder / f"{n}.onnx").stat().st_size for n in ("network",)), run.outputs


def others(data: lw.Dataset, epochs: int) -> Iterator[tuple[str, int, Labels, dict[str, object]]]:
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    x, y = data.points.astype(np.float32), np.array(data.classes)[data.labels]
    tree = DecisionTreeClassifier(random_state=0).fit(x, y)
    content = to_onnx(tree, x[:1], options={"zipmap": False}).SerializeToString()
    yield "tree", len(content), in_onnxruntime(content), {"leaves": int(tree.get_n_leaves())}
    begin = time.process_time()
    net = MLPClassifier((25,) * 5, batch_size=512, max_iter=epochs, tol=0.0, n_iter_no_change=epochs, random_state=0)
    model = make_pipeline(StandardScaler(), net).fit(x, y)
    spent = time.process_time() - begin
    content = to_onnx(model, x[:1], options={"zipmap": False}).SerializeToString()
    yield (
        "mlp",
        len(content),
        in_onnxruntime(content),
        {"epochs": net.n_iter_, "seconds_training": spent, "layers": [25] * 5},
    )


def batches(labels: Labels, rows: np.ndarray) -> np.ndarray:
    return np.concatenate([labels(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)])


def measured(labels: Labels, data: lw.Dataset, reach: float, points: int) -> dict[str, object]:
    rng = np.random.default_rng(0)
    values = np.array(data.classes)[data.labels]
    wrong, spent, load = 0, 0.0, os.getloadavg()[0]
    for start in range(0, points, 1 << 17):
        rows = rng.integers(0, data.n_samples, min(1 << 17, points - start))
        x = (data.points[rows] + reach * rng.uniform(-1, 1, (len(rows), data.n_features))).astype(np.float32)
        begin = time.process_time()
        found = batches(labels, x)
        spent += time.process_time() - begin
        wrong += int((found != values[rows]).sum())
    cells = rng.choice(data.n_samples, CELLS, replace=False)
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=data.n_features)))
    corners = (data.points[cells][:, None] + reach * signs).astype(np.float32)
    inside = np.where(
        np.abs(corners - data.points[cells][:, None]) > reach, np.nextafter(corners, data.points[cells][:, None]), corners
    )
    found = batches(labels, inside.astype(np.float32).reshape(-1, data.n_features))
    return {
        "states_wrong": int((batches(labels, data.points.astype(np.float32)) != values).sum()),
        "points": points,
        "points_wrong": wrong,
        "corners": len(found),
        "corners_wrong": int((found != np.repeat(values[cells], len(signs))).sum()),
        "microseconds": 1e6 * spent / points,
        "load": load,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--ratio", type=float, default=0.99)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--out", default="benchmarks/raw/tables.jsonl")
    given = parser.parse_args()
    data = lw.load(given.table)
    begin = time.process_time()
    run = lw.memorize(data, ratio=given.ratio, norm="inf", construction="boxes", bracket=True)
    fitted = time.process_time() - begin
    with tempfile.TemporaryDirectory() as folder, open(given.out, "a", encoding="utf-8") as out:
        run.save(folder)
        assert fuse_run(folder, data).holds
        summary = run.summary
        about = {
            "table": Path(given.table).stem,
            "ratio": given.ratio,
            "numpy": np.__version__,
            "onnxruntime": onnxruntime.__version__,
            "cpu": platform.processor() or platform.machine(),
        }
        boxes = {
            "boxes": summary.n_pieces,
            "boxes_lower": summary.boxes_lower,
            "width": summary.width,
            "depth": summary.depth,
            "certified": summary.certified,
            "samples": summary.n_samples,
            "seconds_fit": fitted,
        }
        content, labels = looked_up(data)
        ways = [("table", len(content), labels, {}), *((*way, boxes) for way in of_run(Path(folder)))]
        for name, size, labels, more in itertools.chain(ways, others(data, given.epochs)):
            points = given.points if name != "mlp" else min(given.points, 100_000)
            row = {"way": name, "bytes": size, **measured(labels, data, run.certificate.radius, points), **more, **about}
            print(json.dumps(row), flush=True)
            out.write(json.dumps(row) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
