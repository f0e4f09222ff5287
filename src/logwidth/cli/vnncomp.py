"""`logwidth vnncomp`: a verification benchmark with known answers."""

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from logwidth.cli.earlier import check_benchmark
from logwidth.cli.reading import Reading, with_options
from logwidth.cli.screen import Data, Screen
from logwidth.cli.tables import table
from logwidth.errors import InputError
from logwidth.export import check_writable, write_run
from logwidth.export.properties import TRACKS
from logwidth.pipeline import BenchmarkRequest, NetworkOrder, asked_of, benchmark

MARKER = "pool.json"


@with_options
def vnncomp(
    data: Data,
    out: Annotated[Path, typer.Option(help="Benchmark folder to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a benchmark of other data or of another request.")] = False,
    instances: Annotated[int, typer.Option(metavar="N", help="Number of boxes, half of them sat.", min=2)] = 240,
    balls: Annotated[int, typer.Option(metavar="N", help="Number of Euclidean balls, each with its two boxes.", min=0)] = 24,
    centres: Annotated[int, typer.Option(metavar="N", help="Centres per network.", min=1)] = 15,
    nearest: Annotated[float, typer.Option(help="Least relative distance of a box from what is proven.")] = 1e-4,
    limit: Annotated[int, typer.Option(metavar="N", help="Seconds that a tool gets per instance.", min=1)] = 60,
    pieces: Annotated[str | None, typer.Option(help="Own networks: samples of each, such as 10,30,100.")] = None,
    rank: Annotated[int, typer.Option(metavar="N", help="Own networks: rank of the first map.", min=1)] = 6,
    ratio: Annotated[
        float, typer.Option(help="Own networks: near 1 the label changes within a thin layer.")
    ] = NetworkOrder.ratio,
    mixes: Annotated[int, typer.Option(metavar="N", help="Own networks: layers that re-mix the coordinates.", min=0)] = 0,
    split: Annotated[int, typer.Option(metavar="N", help="Own networks: units per coordinate.", min=1)] = 1,
    idle: Annotated[int, typer.Option(metavar="N", help="Own networks: units per layer that never act.", min=0)] = 0,
    soft: Annotated[
        int, typer.Option(metavar="N", help="Own networks: halvings of the steepness of the labels' edges.", min=0)
    ] = 16,
    twins: Annotated[
        int, typer.Option(metavar="N", help="Boxes on networks that floats read otherwise than real numbers.", min=0)
    ] = BenchmarkRequest.twins,
    pairs: Annotated[
        int, typer.Option(metavar="N", help="Sets of networks to be compared with each other.", min=0, max=8)
    ] = BenchmarkRequest.pairs,
    forms: Annotated[
        int, typer.Option(metavar="N", help="Networks that are also written with other operators.", min=0)
    ] = BenchmarkRequest.forms,
    *,
    reading: Reading,
    screen: Screen,
    seed: int,
) -> int:
    """Write networks and queries about them, VNN-LIB 1.0 and 2.0, half sat and half unsat, each answer with its proof."""
    request = BenchmarkRequest(instances, balls, centres, nearest, limit, seed, twins=twins, pairs=pairs, forms=forms)
    if not 1e-6 <= nearest <= 0.5:
        raise InputError(f"--nearest must lie between 1e-6 and 0.5, not {nearest!r}")
    if pieces is not None:
        request = replace(request, orders=_orders(pieces, rank, ratio, (mixes, split, idle), soft))
    dataset = reading.load(data, screen)
    target = check_writable(out, MARKER)
    replaced = check_benchmark(target, asked_of(dataset, request), force=force)
    with screen.progress() as bars:
        files = benchmark(dataset, request, bars)
    write_run(target, files, MARKER)
    result = _result(files)
    screen.result(result, table(f"logwidth vnncomp {dataset.name}", ("", "value"), [(k, str(v)) for k, v in result.items()]))
    if replaced:
        screen.note(replaced)
    screen.note(f"written: {target}   judge a tool with: logwidth judge RESULTS.csv --benchmark {target} --verifier marabou")
    return 0


def _orders(pieces: str, rank: int, ratio: float, hiding: tuple[int, int, int], soft: int) -> tuple[NetworkOrder, ...]:
    try:
        sizes = [int(size) for size in pieces.split(",")]
    except ValueError as problem:
        raise InputError(f"--pieces must be numbers such as 10,30,100, not {pieces!r}") from problem
    if min(sizes) < 3 or len(set(sizes)) != len(sizes):
        raise InputError("--pieces needs different numbers, each at least 3")
    if not 0 < ratio < 1:
        raise InputError(f"--ratio must lie between 0 and 1, not {ratio!r}")
    return tuple(NetworkOrder.hidden(f"net{size}", size, rank, ratio, hiding, soft) for size in sizes)


def _result(files: dict[str, bytes]) -> dict[str, Any]:
    tables = {track: f"{track}/truth.csv" if track else "truth.csv" for track in TRACKS}
    tracks = {t: list(csv.DictReader(io.StringIO(files[name].decode()))) for t, name in tables.items()}
    rows = tracks[""]
    count = Counter((row["kind"] == "ball", row["answer"]) for row in rows)
    return {
        "networks": len({row["onnx"] for row in rows}),
        "instances": sum(n for (ball, _), n in count.items() if not ball),
        "sat": count[False, "sat"],
        "unsat": count[False, "unsat"],
        "balls": sum(n for (ball, _), n in count.items() if ball),
        "hidden_from_pgd": sum(row["pgd"] == "blind" for row in rows),
        "deepest": max(int(row["depth"]) for row in rows),
        "widest": max(int(row["width"]) for row in rows),
        "twins": sum(row["kind"] == "twin" for row in tracks["twins"]) // 2,
        "pairs": len(tracks["pairs"]) // 2,
        "multi": len(tracks["multi"]),
        "variants": len(tracks["variants"]),
        "forms": len(tracks["forms"]),
        "queries": sum(map(len, tracks.values())),
    }
