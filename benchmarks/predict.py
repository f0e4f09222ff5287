"""Raw measurements: labels of 10,000 rows by `predict`, beside 1-NN on the raw features and beside onnxruntime (JSON lines).

    python benchmarks/predict.py --data mnist.npz --scale 255 [--run DIR] [--rows 20000 --rank 40 --ratio 0.4] [--out FILE]

With --run that run's network reads rows of its own data; without, a register network is built from --rows of the rows (all
samples are pieces: the most that can be) on the map of principal components, and reads 10,000 of the others. In one process,
on the same number of threads, in turns: faiss IndexFlatL2 (exact 1-NN on the features that the network was fitted to),
`StoredRun.outputs`, the fused ONNX file and the chain's ONNX file in onnxruntime (on fewer rows; its time is scaled up).
`in_ball_equal`: of rows within certified balls, in random directions, the share whose label is the sample's. `floor` is the
time that the multiplications of the fused network would take at the speed of a large float32 product measured beside it.
Needs faiss (`pip install faiss-cpu`).
"""

import os
import platform
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np
import onnxruntime

import logwidth as lw
from lines import add_line, options_of
from logwidth.pipeline import fuse_run

CHAIN_ROWS, BATCH = 256, 1024


def timed(work, times=5) -> tuple[float, float, object]:
    """Return the best wall time and the best processor time of all threads, which a busy machine disturbs less."""
    best, least = np.inf, np.inf
    for _ in range(times):
        started, spent = time.perf_counter(), time.process_time()
        result = work()
        best, least = min(best, time.perf_counter() - started), min(least, time.process_time() - spent)
    return best, least, result


def session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def in_batches(network: onnxruntime.InferenceSession, rows: np.ndarray) -> np.ndarray:
    return np.concatenate([network.run(None, {"X": rows[k : k + BATCH]})[0][:, 0] for k in range(0, len(rows), BATCH)])


def inside(data: lw.Dataset, run: lw.StoredRun, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows within the certified radii of samples, in random directions, and the samples' label values."""
    rng = np.random.default_rng(1)
    rows = rng.permutation(data.n_samples)[:n]
    steps = rng.normal(size=(len(rows), data.n_features))
    steps *= 0.999 * run.certificate.radius_lower[rows, None] / np.linalg.norm(steps, axis=1, keepdims=True)
    return data.points[rows] + steps, data.values[data.labels[rows]]


def product_speed() -> float:
    """Return the float operations per second of processor time of a large float32 product."""
    a = np.ones((2048, 2048), dtype=np.float32)
    _, seconds, _ = timed(lambda: a @ a)
    return 2 * 2048**3 / seconds


def measured(folder: Path, data: lw.Dataset, rows: np.ndarray, threads: int) -> dict[str, object]:
    started = time.perf_counter()
    run = lw.open_run(folder)
    opened = time.perf_counter()
    assert run.fusion is not None
    fused = time.perf_counter()
    network = run.fusion.network
    faiss.omp_set_num_threads(threads)
    index = faiss.IndexFlatL2(data.n_features)
    index.add(data.points.astype(np.float32))
    files = {name: session(folder / f"{name}.onnx", threads) for name in ("network_fused", "network")}
    single = rows.astype(np.float32)
    values = data.values[data.labels]
    found = {
        "faiss": timed(lambda: values[index.search(single, 1)[1][:, 0]], 3),
        "predict": timed(lambda: run.outputs(rows)),
        "fused_onnx": timed(lambda: in_batches(files["network_fused"], single), 3),
    }
    chain, chain_cpu, labels = timed(lambda: in_batches(files["network"], single[:CHAIN_ROWS]), 2)
    balls, truth = inside(data, run, 10_000)
    speed = product_speed()
    operations = (
        2 * len(rows) * (data.n_features * network.first.n_outputs + network.n_pieces * (network.first.n_outputs + 1))
    )
    cpu = {name: spent for name, (_, spent, _) in found.items()}
    faiss_speed = 2 * len(rows) * data.n_samples * data.n_features / cpu["faiss"]
    share = len(rows) / CHAIN_ROWS
    return {
        "n_samples": data.n_samples,
        "n_features": data.n_features,
        "n_rows": len(rows),
        "n_pieces": network.n_pieces,
        "map_rank": network.first.n_outputs,
        "depth": run.network.depth,
        "threads": threads,
        "seconds": {name: seconds for name, (seconds, _, _) in found.items()} | {"chain_onnx": chain * share},
        "cpu_seconds": cpu | {"chain_onnx": chain_cpu * share},
        "times_faster_than_faiss": {"wall": found["faiss"][0] / found["predict"][0], "cpu": cpu["faiss"] / cpu["predict"]},
        "floor_cpu_seconds": operations / speed,
        "flops_per_cpu_second": {"product": speed, "faiss": faiss_speed, "predict": operations / cpu["predict"]},
        "unclear": int((~run.fusion.read(rows)[1]).sum()),
        "in_ball_rows": len(truth),
        "in_ball_equal": {
            "predict": float((run.outputs(balls) == truth).mean()),
            "fused_onnx": float((in_batches(files["network_fused"], balls.astype(np.float32)) == truth).mean()),
        },
        "chain_onnx_equal": float((labels == found["predict"][2][:CHAIN_ROWS]).mean()),
        "agree_with_1nn": float((found["predict"][2] == found["faiss"][2]).mean()),
        "opening": {"read": opened - started, "pieces": fused - opened},
        "radius": run.certificate.radius,
        "certified": int((run.certificate.status == 0).sum()),
    }


def built(folder: Path, data: lw.Dataset, rank: int, ratio: float) -> None:
    """Build, certify and save a register network with all samples as pieces on principal components."""
    sep = lw.separation(data)
    start = lw.pca_map(data, rank, separation=sep)
    run = lw.memorize(data, ratio=min(ratio, 0.95 * start.ratio_lower), pieces="all", start=start, construction="register")
    run.save(folder)


def main() -> None:
    parser = options_of(__doc__, "predict")
    parser.add_argument("--data", required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rank", type=int, default=40)
    parser.add_argument("--ratio", type=float, default=0.4)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    data = lw.load(options.data, scale=options.scale)
    order = np.random.default_rng(0).permutation(data.n_samples)
    rows = data.points[order[-10_000:]]
    with tempfile.TemporaryDirectory() as place:
        folder = options.run or Path(place) / "run"
        if options.run is None:
            fitted = order[: options.rows]
            data = lw.Dataset(data.points[fitted], data.labels[fitted], name=data.name)
            built(folder, data, options.rank, options.ratio)
        if not (folder / "network_fused.onnx").exists():
            assert fuse_run(folder, data).holds
        row = measured(folder, data, rows, options.threads)
    row = {"data": data.name, **row, "logwidth": lw.__version__, "faiss": faiss.__version__, "numpy": np.__version__}
    row |= {"onnxruntime": onnxruntime.__version__, "cpus": os.cpu_count(), "python": platform.python_version()}
    add_line(options.out, row)


if __name__ == "__main__":
    main()
