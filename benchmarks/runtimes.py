"""Raw measurements: what runtimes make of certified files (JSON lines, one per runtime, setting, run and form of the file).

    python benchmarks/runtimes.py RUN [RUN …] [--runtime NAME …] [--points N] [--out FILE]

Each RUN is a run directory of built-in data. Every runtime that can be imported in this environment is measured with its
defaults and with the settings below; run the script in one environment per runtime where they do not go together. `chain` is
the run's own file, replayed at the samples and at `--points` worst points of the certified balls (`logwidth replay`).
`scan` and `fused` are the same network as one `Scan` over stacked layers, and with all scores side by side: whether the
runtimes that read ONNX themselves take them, and how many labels are wrong at the same inputs. `cpu_bfloat16` says whether
the processor has instructions for bfloat16, which OpenVINO's default depends on.
"""

import platform
import time
from pathlib import Path

import numpy as np

import logwidth as lw
from lines import add_line, options_of
from logwidth.certify import read_onnx
from logwidth.export import fused_to_onnx, to_onnx
from logwidth.runtimes import Runtime
from logwidth.runtimes.known import RUNTIMES
from logwidth.runtimes.replay import worst_points
from logwidth.runtimes.runtime import in_chunks

OFF = {f"use_{kind}": "0" for kind in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_packed", "bf16_storage")}
SETTINGS: dict[str, list[dict[str, str]]] = {
    "onnxruntime": [{}, {"graph_optimization_level": "ORT_DISABLE_ALL"}, {"intra_op_num_threads": "4"}],
    "openvino": [{}, {"INFERENCE_PRECISION_HINT": "f32"}, {"EXECUTION_MODE_HINT": "ACCURACY"}],
    "torch": [{}, {"autocast": "1"}, {"flush_denormal": "1"}],
    "jax": [{}, {"jax_default_matmul_precision": "bfloat16"}],
    "tflite": [{}, {"xnnpack": "0"}],
    "ncnn": [{}, OFF],
}
READ_ONNX = ("onnxruntime", "openvino", "tract", "tvm")


def chain(folder: Path, runtime: Runtime, points: int) -> dict[str, object]:
    report = lw.replay(folder, runtime, points=points)
    return {
        "certified": report.certified,
        "samples_wrong": report.sample_changes,
        "points": report.points,
        "points_wrong": report.label_changes,
        "inexact": report.inexact,
        "value_bits": report.probes.value_bits,
        "weight_bits": report.probes.weight_bits,
        "range_kept": report.probes.range_kept,
        "subnormals_kept": report.probes.subnormals_kept,
        "sums_kept": report.probes.sums_kept,
        "reasons": list(report.reasons),
        "remedy": report.remedy,
    }


def other_form(folder: Path, runtime: Runtime, points: int, content: bytes) -> dict[str, object]:
    run = lw.open_run(folder)
    data = lw.load(run.summary["data_name"])
    first, certificate = run.network.hidden[0], run.certificate
    inside, owner = worst_points(data, certificate.radius_lower, certificate.norm, first, points, np.random.default_rng(0))
    rows = np.concatenate([data.points, inside]).astype(first.dtype)
    outputs = in_chunks(runtime.open(content), rows)[:, 0]
    own = np.concatenate([data.labels, data.labels[owner]])
    wrong = np.abs(outputs[:, None] - data.values[None, :]).argmin(axis=1) != own
    n = data.n_samples
    return {"samples_wrong": int(wrong[:n].sum()), "points": len(inside), "points_wrong": int(wrong[n:].sum())}


def forms(folder: Path) -> dict[str, bytes]:
    run, stored = lw.open_run(folder), read_onnx((folder / "network.onnx").read_bytes())
    return {"scan": to_onnx(stored.network, stored.metadata, form="scan"), "fused": fused_to_onnx(run.fuse().network, {})}


def measured(folder: Path, runtime: Runtime, form: str, points: int) -> dict[str, object]:
    started = time.perf_counter()
    try:
        found = (
            chain(folder, runtime, points) if form == "chain" else other_form(folder, runtime, points, forms(folder)[form])
        )
    except Exception as problem:  # noqa: BLE001 what a runtime refuses is measured too
        found = {"refused": " ".join(str(problem).split()).replace("|", "/")[-120:] or type(problem).__name__}
    return {
        "runtime": runtime.name,
        "version": runtime.version,
        "settings": " ".join(f"{k}={v}" for k, v in runtime.settings.items()) or "defaults",
        "run": folder.name,
        "form": form,
        **found,
        "seconds": round(time.perf_counter() - started, 3),
        "logwidth": lw.__version__,
        "python": platform.python_version(),
        "cpu_bfloat16": "avx512_bf16" in Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else None,
    }


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--runtime", nargs="*", default=list(RUNTIMES), choices=list(RUNTIMES))
    parser.add_argument("--points", type=int, default=20_000)
    given = parser.parse_args()
    for name in given.runtime:
        for settings in SETTINGS.get(name, [{}]):
            try:
                runtime = RUNTIMES[name](settings)
            except lw.MissingExtraError as problem:
                print(f"# {name}: {problem}")
                break
            for folder in given.runs:
                for form in ("chain", "scan", "fused") if name in READ_ONNX and not settings else ("chain",):
                    add_line(given.out, measured(folder, runtime, form, given.points))


if __name__ == "__main__":
    main()
