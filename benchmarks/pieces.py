"""Raw measurements: how many pieces a certified network needs, as JSON lines.

    python benchmarks/pieces.py [--data digits] [--out benchmarks/raw/pieces.jsonl] [--smallest]

Per ratio and width budget: the pieces of the certified float32 network with moved pieces, also on a map that is moved with
them ('least'), with moved pieces on the map given ('fixed map'), with a greedy cover of samples ('cover'). `cover_lower`: no
cover by samples under the given map has fewer (linear programming bound; it says nothing about moved pieces).
`pieces_lower`: no network of scores with the row's first layer has fewer (certificate, T12). Seconds are those of choosing
the pieces, map search not included. With `--smallest` the network of fewest nonzero weights instead, one row per ratio, with
the seconds of the whole job. With `--norms` ratio 0.5 in ℓ∞ and ℓ1 with scores of all features, beside cells. Lines are
appended.
"""

import json
import os
from datetime import UTC, datetime

import logwidth as lw
from lines import options_of, versions
from logwidth.construct import Plan
from logwidth.construct.pruning.cover import cover_lower
from logwidth.maps import smallest_rank_map
from logwidth.pipeline.lower import fewer_pieces_excluded

CASES = ((0.99, 27), (0.5, 19), (0.1, 19), (0.9, 19), (0.99, None))


def measured(data: lw.Dataset, ratio: float, width: int | None) -> list[dict[str, object]]:
    least = lw.memorize(data, ratio=ratio, width=width)
    start = lw.search_map(data, least.map.rank, start=smallest_rank_map(data, ratio))
    fixed = lw.memorize(data, ratio=ratio, width=width, start=start)
    cover = lw.memorize(data, ratio=ratio, width=width, pieces="cover", start=start)
    plan = Plan(data.points, data.labels, data.values, start.matrix, fixed.certificate.radius, start.distance_lower)
    bound = cover_lower(plan)
    return [
        {
            "ratio": ratio,
            "width_budget": width,
            "kind": kind,
            **{k: run.summary[k] for k in ("n_pieces", "map_rank", "width", "depth", "certified", "undecided")},
            "map": run.map.method,
            "seconds": run.summary["seconds"].get("pieces"),
            "cover_lower": bound,
            "pieces_lower": fewer_pieces_excluded(run, data).pieces_lower,
        }
        for kind, run in (("least", least), ("fixed map", fixed), ("cover", cover))
    ]


def smallest(data: lw.Dataset, ratio: float, _width: int | None) -> list[dict[str, object]]:
    run = lw.memorize(data, ratio=ratio, smallest=True)
    names = ("n_nonzero", "n_pieces", "map_rank", "width", "depth", "certified", "undecided")
    chosen = {"ratio": ratio, "kind": "smallest", **{k: run.summary[k] for k in names}}
    return [chosen | {"seconds": run.summary["seconds"]["total"]}]


def in_norm(data: lw.Dataset, ratio: float, norm: object) -> list[dict[str, object]]:
    rows = []
    for construction, pieces in (("register", "least"), ("register", "cover"), ("cells", "least")):
        run = lw.memorize(data, ratio=ratio, norm=norm, construction=construction, pieces=pieces)
        names = ("construction", "route", "n_pieces", "map_rank", "width", "depth", "n_nonzero", "certified", "undecided")
        kind = pieces if construction == "register" else construction
        row = {"ratio": ratio, "norm": str(norm), "kind": kind, **{k: run.summary[k] for k in names}}
        rows.append(row | {"seconds": run.summary["seconds"]["total"]})
    return rows


def main() -> None:
    parser = options_of(__doc__, "pieces")
    parser.add_argument("--data", default="digits")
    parser.add_argument("--smallest", action="store_true")
    parser.add_argument("--norms", action="store_true")
    options = parser.parse_args()
    measure, cases = measured, CASES
    if options.smallest:
        measure, cases = smallest, sorted({(ratio, None) for ratio, _ in CASES})
    if options.norms:
        measure, cases = in_norm, ((0.5, "inf"), (0.5, 1))
    data = lw.load(options.data)
    machine = versions()
    options.out.parent.mkdir(exist_ok=True)
    with options.out.open("a") as out:
        for ratio, width in cases:
            for row in measure(data, ratio, width):
                row |= {"data": data.name, "cpus": os.cpu_count(), "time": datetime.now(UTC).isoformat(timespec="seconds")}
                out.write(json.dumps(row | machine) + "\n")
                out.flush()
                print(row, flush=True)


if __name__ == "__main__":
    main()
