"""`logwidth replay`: a run's network in the runtime where it will be used."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from logwidth.cli.reading import Reading, with_options_of_a_run
from logwidth.cli.screen import FALSIFIED, HOLDS, RecordedData, RunDirectory, Screen
from logwidth.cli.tables import table
from logwidth.errors import InputError
from logwidth.pipeline import replay as replayed
from logwidth.runtimes import ReplayReport, runtime_of

NAMES = "onnxruntime, openvino, torch, jax, tract, tflite, ncnn or tvm (all but the first are extras)"


@with_options_of_a_run
def replay(
    run: RunDirectory,
    data: RecordedData = None,
    runtime: Annotated[str, typer.Option(metavar="NAME", help=f"The runtime: {NAMES}.")] = "onnxruntime",
    command: Annotated[
        str | None,
        typer.Option(
            metavar="CMD", help="Any other: CMD network.onnx inputs.npy outputs.npy, or {onnx} {inputs} {outputs}."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the runtime; may be given again.")
    ] = None,
    points: Annotated[int, typer.Option(metavar="N", help="Inputs to try inside certified balls.", min=0)] = 20_000,
    *,
    reading: Reading,
    screen: Screen,
    seed: int,
) -> int:
    """Evaluate RUN in another runtime at the worst points of its balls: which labels differ, why, and what mends it."""
    given = dict(_setting(text) for text in settings or [])
    dataset = reading.again(run, data, screen)
    opened = runtime_of(runtime, given, command=command)
    with screen.progress() as bars:
        report = replayed(run, opened, dataset, points=points, rng=seed, progress=bars)
    screen.result(_verdict(report), table(f"logwidth replay {run.name}", ("quantity", "value"), report.facts()))
    return HOLDS if report.holds else FALSIFIED


def _setting(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not (found and name):
        raise InputError(f"--set takes KEY=VALUE, such as INFERENCE_PRECISION_HINT=f32, not {text!r}")
    return name, value


def _verdict(report: ReplayReport) -> dict[str, Any]:
    return {
        "runtime": report.runtime,
        "version": report.version,
        "settings": report.settings,
        "n_samples": report.samples,
        "certified": report.certified,
        "sample_changes": report.sample_changes,
        "points": report.points,
        "label_changes": report.label_changes,
        **({"far_points": report.far_points, "far_changes": report.far_changes} if report.far_points else {}),
        "inexact": report.inexact,
        "changed_samples": report.changed_samples.tolist(),
        "broken": {str(i): point.tolist() for i, point in report.broken.items()},
        "probes": asdict(report.probes),
        "reasons": list(report.reasons),
        "remedy": report.remedy,
        "seconds": report.seconds,
    }
