"""Raw measurements: what the order and the scaling of pieces give to float32, as JSON lines.

    python benchmarks/order.py [--data digits] [--rank 16] [--out benchmarks/raw/order.jsonl]

The register network of all samples on one map, built as it is and with one choice undone at a time: scores relative to the
most central piece of the first class (undone: to its first sample), coordinates along the principal axes (undone: as the
search left them, or turned at random), the first layer no further from zero than the balls need (undone: by as much again),
and another class first. Per variant and ratio: the balls that float32 leaves undecided, and the largest radius that is
proven for all of them, as a share of half the least distance of opposite images. Lines are appended.
"""

from contextlib import ExitStack
from dataclasses import replace
from unittest.mock import patch

import numpy as np

import logwidth as lw
from lines import add_line, options_of
from logwidth.certify import certify
from logwidth.construct import CONSTRUCTIONS, Plan
from logwidth.construct import chain as frames

RATIOS = (0.999, 0.9998, 0.9999)


def first_as_it_comes(rows, _images, _centre):
    return rows


def axes_as_found(directions, images):
    return with_rest(directions, np.eye(images.shape[1]))


def axes_at_random(directions, images):
    return with_rest(directions, np.random.default_rng(0).normal(size=(images.shape[1], images.shape[1])))


def with_rest(directions, rest):
    first = np.array([v / np.linalg.norm(v) for v in directions]).reshape(-1, rest.shape[1])
    q, _ = np.linalg.qr(np.concatenate([first, rest]).T)
    return np.concatenate([first, q.T[len(first) :]])


def farther(plan, T, projected):
    return NEAR(plan, T, projected) + np.ptp(projected, axis=0)


NEAR = frames._reach
VARIANTS = {
    "as built": [],
    "first sample, not the central one": [patch("logwidth.construct.scores.prototypes._central_first", first_as_it_comes)],
    "axes as found": [patch("logwidth.construct.chain.basis_along", axes_as_found)],
    "axes at random": [patch("logwidth.construct.chain.basis_along", axes_at_random)],
    "farther from zero": [patch("logwidth.construct.chain._reach", farther)],
}


def measured(data: lw.Dataset, plan: Plan, ratio: float, patches: list) -> dict[str, object]:
    plan = replace(plan, radius=ratio * plan.distance / 2)
    with ExitStack() as stack:
        for change in patches:
            stack.enter_context(change)
        network = CONSTRUCTIONS["register"].build(plan).network
    proof = certify(network, data, plan.radius)
    share = 2.0 * float(proof.radius_lower.min()) / plan.distance
    return {"ratio": ratio, "undecided": int((proof.status != 0).sum()), "proven_share": share, "lost": 1.0 - share}


def class_first(data: lw.Dataset, label: int) -> lw.Dataset:
    """The same samples with labels renamed so that a class comes first."""
    return lw.Dataset(data.points, (data.labels - label) % data.n_classes)


def main() -> None:
    parser = options_of(__doc__, "order")
    parser.add_argument("--data", default="digits")
    parser.add_argument("--rank", type=int, default=16)
    options = parser.parse_args()
    data = lw.load(options.data)
    found = lw.search_map(data, options.rank)

    def write(variant: str, row: dict[str, object]) -> None:
        row = {"data": data.name, "rank": options.rank, "variant": variant, **row, "logwidth": lw.__version__}
        add_line(options.out, row)

    def plan_of(some: lw.Dataset) -> Plan:
        return Plan(some.points, some.labels, some.values, found.matrix, 0.0, found.distance_lower)

    for ratio in RATIOS:
        for name, patches in VARIANTS.items():
            write(name, measured(data, plan_of(data), ratio, patches))
    for label in range(1, data.n_classes):
        other = class_first(data, label)
        write(f"class {label} first", measured(other, plan_of(other), RATIOS[-1], []))


if __name__ == "__main__":
    main()
