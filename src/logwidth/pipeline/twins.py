"""Queries whose answer for the network in floats differs from that for its function of real numbers, each side proven."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from logwidth.certify import read_onnx
from logwidth.construct.obfuscation import Cell, rounding_network
from logwidth.export import to_onnx
from logwidth.export.property_text import single
from logwidth.network import ReluNetwork, evaluate_exactly
from logwidth.truth import Replay
from logwidth.truth.rounding import float_lead, real_lead

WIDTHS, DEPTHS = (6, 8, 10, 8), (2, 3, 5, 8)
SURE, TOLERANCE = 3e-4, Fraction(1, 10_000)  # scorers accept inputs that far outside; both answers hold there too
Box = list[tuple[float, float]]
Pool = dict[str, Any]


def rounding_twins(first: int, rng: np.random.Generator) -> tuple[list[Pool], list[bytes], list[Pool]]:
    """Return networks, their bytes and the pool's entries about them, numbered from `first`: twins and controls."""
    networks: list[Pool] = []
    contents: list[bytes] = []
    entries: list[Pool] = []
    for number, (width, depth) in enumerate(zip(WIDTHS, DEPTHS, strict=True)):
        made, cells = rounding_network(width, depth, rng)
        content = to_onnx(made, batch=1)
        stored, replay = read_onnx(content).network, Replay(content)
        name = f"round{number + 1}"
        for i in range(width):
            for place in ("near", "near", ("across", "apart")[i % 2]):
                box = _box(cells, i, place, rng)
                told = _entry(stored, replay, box, _witness(cells[i], box, i))
                if told is not None:
                    file = f"witnesses/{name}-{len(entries)}.txt" if told["witness"] else ""
                    kind = "twin" if told["real"] != told["float32"] else "control"
                    entries.append({"network": first + number, "kind": kind, **told, "witness_file": file})
        sizes = {"classes": width + 1, "width": made.width, "depth": made.depth, "pieces": 0, "rank": width}
        networks.append({"name": name, **sizes, "track": "twins"})
        contents.append(content)
    return networks, contents, entries


def _box(cells: Sequence[Cell], i: int, place: str, rng: np.random.Generator) -> Box:
    """Return a box on which coordinate i alone may reach its cell: near its threshold and turn, across both, or apart."""
    box = []
    for k, cell in enumerate(cells):
        wide = float(rng.uniform(0.02, 0.4)) * cell.spacing
        middle = float(rng.uniform(0.05, cell.grid - 2 * cell.spacing - 0.03))
        low, high = middle - wide, middle + wide
        if k == i and place != "apart":
            low, high = _near_cell(cell, place, wide, float(rng.uniform(0.05, 0.9)))
        box.append((single(low), single(high)))
    return box


def _near_cell(cell: Cell, place: str, wide: float, share: float) -> tuple[float, float]:
    if place == "across":
        return cell.grid - wide, cell.grid + 1.5 * cell.spacing
    last = (cell.turn if cell.early else cell.threshold) - SURE
    start = cell.threshold if cell.early else cell.turn
    return start - wide, start + share * (last - start)


def _witness(cell: Cell, box: Box, i: int) -> list[float]:
    """Return the centre, but for coordinate i, which lies beyond what makes a score positive."""
    point = [single((low + high) / 2) for low, high in box]
    start = max(box[i][0], min(cell.threshold, cell.turn))
    if start < box[i][1]:
        point[i] = single((start + box[i][1]) / 2)
    return point


def _entry(network: ReluNetwork, replay: Replay, box: Box, witness: list[float]) -> Pool | None:
    """Return what is proven about a box in real numbers and in floats; None where something is not."""
    wide = [(Fraction(low) - TOLERANCE, Fraction(high) + TOLERANCE) for low, high in box]
    scores = evaluate_exactly(network, witness)
    there = [(Fraction(x), Fraction(x)) for x in witness]
    real = max(scores[1:]) - scores[0]
    computed, replayed = float_lead(network, there, 0)[0], replay(np.array(witness))
    answers = {
        "real": _answer(real_lead(network, wide, 0) < 0, real > 0),
        "float32": _answer(float_lead(network, wide, 0)[1] < 0, computed > 0 and replayed[1:].max() > replayed[0]),
    }
    inside = all(low < x < high for x, (low, high) in zip(witness, box, strict=True))
    if "" in answers.values() or not inside:
        return None
    sat = "sat" in answers.values()
    shown = [float(score) for score in (replayed if answers["float32"] == "sat" else scores)]
    half = max(high - low for low, high in box) / 2
    return {
        **answers,
        "box": [list(side) for side in box],
        "label": 0,
        "sample": -1,
        "epsilon": half,
        "radius_lower": half,
        "sat_from": half,
        "closeness": abs(float(real)) / max(float(sum(abs(score) for score in scores)), 1.0),
        "pgd_blind_to": 0.0,
        "witness": witness if sat else [],
        "scores": shown if sat else [],
        "margin": max(shown[1:]) - shown[0] if sat else 0.0,
    }


def _answer(unsat: bool, sat: bool) -> str:
    if unsat and sat:
        raise AssertionError("a box without a counterexample holds one: one of two proofs is wrong")
    return "unsat" if unsat else "sat" if sat else ""
