"""Planted faults: every listed mutant of builder, certificate code and checker must be caught by some test.

    python tools/mutation.py [--only cells] [--words collapse] [--jobs 1] [--before mutation.jsonl [--untried]]
        [--out mutation.jsonl]

Each mutant replaces one piece of text (which must occur) in a temporary copy of src, tests and tools, then runs its tests
there until one fails; `--before` names the output of an earlier run, whose failing test is tried first. Prints a JSON line per mutant and, last, the score. Exit status 1 unless every mutant is caught; one
whose tests run past the time limit counts as not caught.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parents[1]
LIMIT = 1200
CERTIFY, CONSTRUCT, TOOL = "src/logwidth/certify", "src/logwidth/construct", "tools/check_logwidth.py"
BOUNDS = ("tests/certify/test_bounds.py",)
SOUND = (
    "tests/certify/test_leads.py",
    "tests/certify/test_bounds.py",
    "tests/certify/test_soundness.py",
    "tests/certify/test_mutations.py",
)
CELLS = ("tests/certify/test_cell_faults.py", "tests/certify/test_cells.py", "tests/certify/test_soundness.py")
LANES = ("tests/certify/test_lanes.py",)
TRACE = ("tests/certify/test_trace.py", *SOUND)
CHECK = ("tests/certify/test_check.py",)
SIDES = ("tests/certify/test_two_sided.py",)
ATTACK = ("tests/attack/test_attack.py",)
UNITS = ("tests/estimator/test_input_units.py",)
WARTS = ("tests/dataset/test_warts.py",)
FIRST = ("tests/dataset/test_first_use.py",)
MODE = ("tests/rounding/test_mode.py",)
LABELS = ("tests/estimator/test_memorizer.py",)
FAULTS = ("tests/export/test_faults.py",)
NARROW = ("tests/certify/test_narrow.py",)
SCALED = ("tests/certify/test_unit_scales.py",)
SINGLE = ("tests/tools/test_check_logwidth.py",)
PARKED = ("tests/certify/test_parked.py", "tests/construct/test_nearest.py", "tests/certify/test_mutations.py")
FUSED = ("tests/certify/test_fusion.py", "tests/certify/test_fused_form.py", "tests/certify/test_bounds.py")
SAWTOOTH = ("tests/certify/test_sawtooth.py", "tests/certify/test_forged.py", *SOUND)
NEAREST = ("tests/construct/test_nearest.py", "tests/certify/test_forged.py", *SOUND)
FOLDED = ("tests/certify/test_folded.py",)
FOLDED_CELLS = ("tests/certify/test_folded_cells.py",)
FOLDED_LISTS = ("tests/certify/test_folded_lists.py",)
PLANAR = ("tests/construct/test_planar_peeling.py",)
LESS_DEEP = ("tests/pipeline/test_less_deep.py",)
BOXES_BOUND = ("tests/certify/test_boxes_bound.py",)
FUSED_BOXES = ("tests/certify/test_fused_boxes.py",)
EXACT = ("tests/construct/test_lattice_paper.py", "tests/certify/test_exact_run.py", "tests/network/test_dyadic_network.py")
BALLS = ("tests/certify/test_balls.py",)
REJECT = ("tests/certify/test_reject.py",)
LATTICE = ("tests/certify/test_lattice.py", "tests/construct/test_lattice.py")
BOXES = ("tests/certify/test_boxes.py", "tests/certify/test_cuboids.py")
LEADERS = ("tests/certify/test_leaders.py",)
PIECES = ("tests/construct/test_pieces.py",)
ASSIGNED = ("tests/construct/test_assignment.py",)
NEAR = ("tests/construct/test_near_scores.py",)
EFFORT = ("tests/pipeline/test_effort.py",)
STOPS = ("tests/construct/test_pruning_stops.py",)
GAPS = ("tests/separation/test_nearest.py",)
SKETCH = ("tests/separation/test_sketch.py",)
DEVICE = ("tests/separation/test_device.py",)
SIEVE = ("tests/certify/test_lead_sieve.py",)
MIXED = ("tests/certify/test_mixed.py",)
TRUTH = ("tests/pipeline/test_benchmark.py", "tests/certify/test_mixed.py", "tests/export/test_torch.py")
WIDTH = ("tests/certify/test_width_bound.py", "tests/certify/test_width_weights.py")
LINE = ("tests/certify/test_line_bound.py",)
SURROUNDED = ("tests/certify/test_surrounded.py",)
COVER = ("tests/certify/test_cover.py",)
CROWDS = ("tests/certify/test_pieces_bound.py",)
PROPERTIES = ("tests/pipeline/test_benchmark.py",)
READER = ("tests/export/test_onnx.py", "tests/certify/test_hostile.py")

Mutant = tuple[str, str, str, str, tuple[str, ...]]
NOTHING: Mapping[str, str] = MappingProxyType({})
# name, file, text, replacement, tests
MUTANTS: list[Mutant] = [
    ("choice: cells however deep", "src/logwidth/pipeline/builder.py", "run.network.depth >= depth:", "False:", LESS_DEEP),
    ("choice: cells without a certificate", "src/logwidth/pipeline/builder.py", "if run.certificate.holds:\n            return run\n    return None",
     "return run\n    return None", LESS_DEEP),
    ("narrow: coordinates do not round", f"{CERTIFY}/leads/first_layer.py", "first.narrow.unit * top", "0.0 * top", NARROW),
    ("narrow: scores do not round", f"{CERTIFY}/leads/pieces.py", "* SLOP, narrow.unit)", "* SLOP, 0.0)", NARROW),
    ("narrow: features do not round", f"{CERTIFY}/forms/fused.py", "return narrow.unit, narrow.unit * lengths", "return narrow.unit, 0.0 * lengths", NARROW),
    ("narrow: any weights", f"{CERTIFY}/forms/fused.py", "not all(_holds(part, arithmetic) for part in parts)", "False", NARROW),
    ("narrow: chains too", f"{CERTIFY}/balls/certify.py", "if not isinstance(form, FusedForm):", "if False:", NARROW),
    ("scales: numbers as small as without", f"{CERTIFY}/forms/scaled.py", "tiny=own.tiny * down", "tiny=own.tiny", SCALED),
    ("scales: numbers as large as without", f"{CERTIFY}/forms/scaled.py", "largest=own.largest / up", "largest=own.largest", SCALED),
    ("scales: exact steps may round", f"{CERTIFY}/forms/scaled.py", "(np.abs(stored.weights[exact]) < 1).any()", "False", SCALED),
    ("scales: any form", f"{CERTIFY}/forms/scaled.py", "name not in PROVEN or", "False or", SCALED),
    ("scales: the same for all", f"{CERTIFY}/onnx/chain.py", "np.array(exponents, dtype=np.int64)", "0 * np.array(exponents)", SCALED),
    ("scales: biases stay", "src/logwidth/network/unit_scales.py", "bias=_times(layer.bias, after)", "bias=layer.bias", SCALED),
    ("scales: a bound too small", f"{CONSTRUCT}/bounded_weights.py", "- (fraction > top)", "", SCALED),
    ("scales: copies anywhere", f"{CONSTRUCT}/bounded_weights.py", "(fraction == 0.5) & (power >= 1), power - 1.0, np.inf)", "power > 999, 0.0, np.inf)", SCALED),
    ("exact: balls of no size", f"{CERTIFY}/exact_networks/reader.py", "radius.numerator**2 * length", "0 * length", EXACT),
    ("exact: the output may move", f"{CERTIFY}/exact_networks/reader.py", "return None if output[1] else (", "return (", EXACT),
    ("exact: off units stay on", f"{CERTIFY}/exact_networks/reader.py", "piece if value > 0 else (0, {})", "piece", EXACT),
    ("exact: columns in any order", f"{CERTIFY}/exact_networks/reader.py", "not last < j < n_columns", "not j < n_columns", EXACT),
    ("exact: numbers of any size", f"{CERTIFY}/exact_networks/reader.py", "if cost > most_bits:", "if False:", EXACT),
    ("exact: even numbers, too", f"{CERTIFY}/exact_networks/reader.py", " or found[2][-1] not in ODD", "", EXACT),
    ("exact: any label will do", f"{CERTIFY}/runs/exact_certificate.py", "if value != 1 + label:", "if value is None:", EXACT),
    ("exact: names of classes go unread", f"{CERTIFY}/runs/exact_run.py", " + _class_problems(stored, data)", "", EXACT),
    ("exact: outcomes are believed", f"{CERTIFY}/runs/exact_run.py", "if differing.size:", "if False:", EXACT),
    ("exact: parts lose their places", "src/logwidth/network/dyadic_network.py", "[rows[i] for i in places]", "rows", EXACT),
    ("exact: inputs pass unrectified", "src/logwidth/network/dyadic_network.py", "if inner and hidden and", "if hidden and", EXACT),
    ("exact: walls too near", f"{CONSTRUCT}/lattice_paper/chain.py", "wide / 2 - Fraction(1, 2 * n_samples)", "wide / 2", EXACT),
    ("exact: keys meet", f"{CONSTRUCT}/lattice_paper/build.py", "value * cells**j for j", "value * 2**j for j", EXACT),
    ("exact: near keys hit", f"{CONSTRUCT}/lattice_paper/recall.py", "2**label_bits * (at", "1 * (at", EXACT),
    # folds: certificate
    ("boxes: a side of two features", f"{CERTIFY}/forms/boxes/reader.py", "if units.size != 1 or", "if units.size < 1 or", BOXES),
    ("lists: any rate will do", f"{CERTIFY}/forms/shared/coded_runs.py", "min(self.rates) < largest:", "min(self.rates) < 0:", BOXES + BALLS),
    ("lists: codes of any size", f"{CERTIFY}/forms/shared/coded_runs.py", "not (numbers == np.round(numbers)).all() or", "", BOXES),
    ("boxes: later boxes are forgotten", f"{CERTIFY}/forms/boxes/form.py", "np.minimum(inside, after[:, 1:])", "inside", BOXES),
    ("boxes: corners one float too wide", f"{CERTIFY}/forms/boxes/corners.py", "return cls(ends[1], ends[2], ends[0], ends[3])",
     "return cls(ends[0], ends[3], ends[1], ends[2])", BOXES),
    ("balls: hinges of other weights", f"{CERTIFY}/forms/balls/reader.py", "if not all(g == round(g) and 1 <= g <= self.top", "if not all(1 <= g <= self.top", BALLS),
    ("balls: a hinge is forgotten", f"{CERTIFY}/forms/balls/reader.py", "set(weights) != set(before.hinges)", "not set(weights) <= set(before.hinges)", BALLS),
    ("balls: the inner radius is the outer", f"{CERTIFY}/forms/balls/reaches.py", "np.where(sure, inner, -1.0)", "np.where(sure, outer, -1.0)", BALLS),
    ("balls: whole numbers are exact", f"{CERTIFY}/forms/balls/reaches.py", "sign * self.off", "0 * self.off", BALLS),
    ("balls: later balls are forgotten", f"{CERTIFY}/forms/balls/form.py", "np.minimum(inside, after[:, 1:])", "inside", BALLS),
    ("balls: the quick reading leaves balls out", "src/logwidth/certify/runs/ball_reading.py", "scores.max(axis=1) >= least", "scores.max(axis=1) >= least + 0.1", BALLS),
    ("reject: a class is the default", f"{CERTIFY}/forms/boxes/near.py", "if boxes.default != none:", "if False:", REJECT),
    ("reject: inner corners", f"{CERTIFY}/forms/boxes/near.py", "boxes.corners.outside_low[rows, unit])",
     "boxes.corners.inside_low[rows, unit])", REJECT),
    ("reject: the nearest corner of a box", f"{CERTIFY}/forms/boxes/near.py", "far = np.maximum(points - low", "far = np.minimum(points - low", REJECT),
    ("reject: some part of a box is covered", f"{CERTIFY}/forms/boxes/near.py", "zip(ranges, place, strict=True)]).all():",
     "zip(ranges, place, strict=True)]).any():", REJECT),
    ("reject: d + 1 for every network", f"{CERTIFY}/runs/claims.py", "if certificate.rejection is None else (", "if False else (",
     ("tests/pipeline/test_reject.py",)),
    ("fused boxes: far inputs overflow", f"{CERTIFY}/forms/boxes/shallow.py", "room / float(self.first.T.max())", "1e4 * room",
     ("tests/pipeline/test_reject.py",)),
    ("boxes: cuboids of the default only", f"{CERTIFY}/forms/boxes/cuboids.py", "held & (last_own >= last_other)", "held", BOXES),
    ("boxes bound: pairs are believed", f"{CERTIFY}/lower_bounds/boxes_bound.py", "if lone.any():", "if lone.all():", BOXES_BOUND),
    ("boxes bound: more classes than come before", f"{CERTIFY}/lower_bounds/boxes_bound.py", "others <= before", "True", BOXES_BOUND),
    ("boxes bound: boxes too large", f"{CERTIFY}/lower_bounds/boxes_bound.py", "np.nextafter(low - radius, np.inf)", "low - 3 * radius", BOXES_BOUND),
    ("boxes bound: stated is proven", f"{CERTIFY}/runs/claims.py", "if stated <= proven else", "if stated >= proven else", BOXES_BOUND),
    ("box tree: a cut as wide as nothing", "src/logwidth/construct/boxes/tree.py", "min(axis=0) - task.clear", "min(axis=0)", ("tests/construct/test_boxes.py",)),
    ("fused boxes: weights of any size", f"{CERTIFY}/forms/boxes/shallow.py", "(table == -1)", "(table < 0)", FUSED_BOXES),
    ("fused boxes: ranks of two classes", f"{CERTIFY}/forms/boxes/shallow.py", "if not whole or len", "if not whole or 0 > len", FUSED_BOXES),
    ("fused boxes: the ramp is outside", f"{CERTIFY}/forms/boxes/shallow.py", "float(above[1])", "float(above[0])", FUSED_BOXES),
    ("lists: any slope", f"{CERTIFY}/forms/shared/coded_runs.py", "== 0.5).all()", "<= 2).all()", FUSED_BOXES + BOXES),
    ("fused boxes: rows in a ramp are clear", f"{CERTIFY}/runs/box_fusion.py", "clear &= ~((values > 0) & (values < self.top)).any(axis=1)", "", FUSED_BOXES),
    ("folded cells: centres are enough", f"{CERTIFY}/forms/folded/functions.py", "* self.moved[:, None] * SLOP * SLOP", "* 0.0", FOLDED_CELLS),
    ("folded cells: no lead is needed", f"{CERTIFY}/forms/folded/functions.py", "(self.lead + self.half", "(0.0 * self.lead + self.half", FOLDED_CELLS),
    ("folded cells: halfspaces do not err", f"{CERTIFY}/forms/folded/functions.py", "self.lead + self.halfspaces.errors)", "self.lead)", FOLDED_CELLS),
    ("folded lists: centres are enough", f"{CERTIFY}/forms/folded/functions.py", "* self.moved[:, None] * SLOP * SLOP", "* 0.0", FOLDED_LISTS),
    ("folded lists: rules do not err", f"{CERTIFY}/forms/folded/lists.py", "needed[row] = (parts @ self.sides.needed[members] + rounded) * SLOP",
     "needed[row] = rounded", FOLDED_LISTS),
    ("folded lists: a mixture of any rules", f"{CERTIFY}/forms/folded/lists.py", "np.flatnonzero(self.own[:target])", "np.flatnonzero(self.own)", FOLDED_LISTS),
    ("folded lists: rules of the other side are mixed", f"{CERTIFY}/forms/folded/lists.py", "np.flatnonzero(self.own[:target])", "np.arange(target)",
     FOLDED_LISTS),
    ("folded lists: any mixture will do", f"{CERTIFY}/forms/folded/functions.py", "left[missing <= 0.0]", "left[missing <= 0.2]", FOLDED_LISTS),
    ("folded lists: rules of the other side are never asked", f"{CERTIFY}/forms/folded/lists.py", "~(self.own | sure |", "~(True | sure |", FOLDED_LISTS),
    ("folded lists: the last rule is not asked", f"{CERTIFY}/forms/folded/lists.py", "own[-1] = False", "own[-1] = True", FOLDED_LISTS),
    ("folded lists: own rules asked later count", f"{CERTIFY}/forms/folded/lists.py", "np.logical_or.accumulate(sure & self.own, axis=1)",
     "(sure & self.own).any(axis=1, keepdims=True)", FOLDED_LISTS),
    ("folded lists: sides swapped", f"{CERTIFY}/forms/folded/lists.py", "== self.test.side", "!= self.test.side", FOLDED_LISTS),
    ("planar peeling: a rule touches the others", f"{CONSTRUCT}/lists/planar_peeling.py", "max(axis=0) + 2.0 * self.gap", "max(axis=0) - 2.0 * self.gap", PLANAR),
    ("planar peeling: what is cut is gone", f"{CONSTRUCT}/lists/planar_peeling.py", "if reach.min() >= top - self.crumb:", "if reach.max() >= top:", PLANAR),
    ("planar peeling: what is left is on the wrong side", f"{CONSTRUCT}/lists/planar_peeling.py", "above = corners @ normal - top", "above = top - corners @ normal",
     PLANAR),
    ("folded cells: some halfspace of an own cell", f"{CERTIFY}/forms/folded/cells.py", "inner = np.minimum.reduceat(least", "inner = np.maximum.reduceat(least", FOLDED_CELLS),
    ("folded cells: some later cell", f"{CERTIFY}/forms/folded/cells.py", "somewhere().all(axis=1)", "somewhere().any(axis=1)", FOLDED_CELLS),
    ("folded cells: later cells are forgotten", f"{CERTIFY}/forms/folded/cells.py", "if later.size:", "if False:", FOLDED_CELLS),
    ("folded cells: own cells are forgotten", f"{CERTIFY}/forms/folded/cells.py", "if own is not None and rows.size:", "if False:", FOLDED_CELLS),
    ("folded cells: what is missing is forgotten", f"{CERTIFY}/forms/folded/cells.py", "ball[open_][~good])", "ball[open_][~good][:0])", FOLDED_CELLS),
    ("single-file checker: any cell behind folds", "tools/check_logwidth.py", "found.any() if part[-1] > 0 else found.all()", "found.any()", SINGLE),
    ("single-file checker: cells behind folds lead by nothing", "tools/check_logwidth.py", "needed = (lead + error + np.abs(V)", "needed = (np.abs(V)", SINGLE),
    ("lattice: a wall of no thickness", f"{CERTIFY}/forms/lattice/walls.py", "(1.0 - self.bias) / self.slope, np.inf", "-self.bias / self.slope, 0", LATTICE),
    ("lattice: any slope is a wall's", f"{CERTIFY}/forms/lattice/walls.py", "slope > 0 and np.frexp(slope)[0] == 0.5 and unit", "unit", LATTICE),
    ("lattice: keys of any size", f"{CERTIFY}/forms/lattice/walls.py", "if self.total > self.top / 2:", "if False:", LATTICE),
    ("lattice: walls may be dropped", f"{CERTIFY}/forms/lattice/walls.py", "if not tested <= set(names) or", "if", LATTICE),
    ("lattice: registers may be clipped", f"{CERTIFY}/forms/lattice/walls.py", "if (least < 0).any():", "if False:", LATTICE),
    ("lattice: thresholds in any order", f"{CERTIFY}/forms/lattice/walls.py", "if threshold <= (self._passed[-1] if self._passed else 0):",
     "if threshold <= 0 and not self._passed:", LATTICE),
    ("lattice: every slot reaches on", f"{CERTIFY}/forms/lattice/memory.py", "if digit.beyond else", "if True else", LATTICE),
    ("lattice: the first layer rounds nothing", f"{CERTIFY}/forms/lattice/form.py", "self._distances(images, (domain.error + image_error)",
     "self._distances(images, (0.0 * domain.error)", LATTICE),
    ("lattice: any label is the cell's", f"{CERTIFY}/forms/lattice/form.py", ".weights) == value\n        return", ".weights) < 1e300\n        return",
     LATTICE),
    ("lattice: keys that two labels share", f"{CONSTRUCT}/lattice/memory.py", "(codes[1:] != codes[:-1])).any()", "False).any()", LATTICE),
    ("folded: a slope for every sign", f"{CERTIFY}/forms/folded/balls.py", "np.where(cut & (v >= 0.0), np", "np.where(cut, np", FOLDED),
    ("folded: slopes beyond 0 and 1", f"{CERTIFY}/forms/folded/balls.py", "np.clip(slopes, 0.0, 1.0), at", "slopes, at", FOLDED),
    ("folded: one pattern only", f"{CERTIFY}/forms/folded/balls.py", "(at.v[:, unit] < 0.0))", "(at.v[:, unit] < -1e300))", FOLDED),
    ("folded: balls of no size", f"{CERTIFY}/forms/folded/balls.py", "fall = row_norms_upper", "fall = 0.0 * row_norms_upper", FOLDED),
    ("folded: layers do not round", f"{CERTIFY}/forms/folded/balls.py", "((own + checking) * SLOP)", "(checking * SLOP)", FOLDED),
    ("folded: chords begin at 0", f"{CERTIFY}/forms/folded/balls.py", "value - lost * SLOP", "value", FOLDED),
    ("folded: chords are half as steep", f"{CERTIFY}/forms/folded/balls.py", "[ball] * SLOP, slope)", "[ball] * 0.5, slope)", FOLDED),
    ("folded: errors below are not passed on", f"{CERTIFY}/forms/folded/balls.py", "((read[0] + own) * SLOP)", "(own * SLOP)", FOLDED),
    ("folded: nothing underflows", f"{CERTIFY}/forms/folded/balls.py", "* SLOP + underflow", "* SLOP", FOLDED),
    ("folded: no chord underflows", f"{CERTIFY}/forms/folded/balls.py", "* low) + underflow, 0.0)", "* low), 0.0)", FOLDED),
    ("folded: no product of layers underflows", f"{CERTIFY}/forms/folded/layers.py", " + W.size * inputs * SMALLEST)", ")", FOLDED),
    ("folded: half of the patterns' slopes", f"{CERTIFY}/forms/folded/layers.py", "np.concatenate([jacobians, off])", "jacobians", FOLDED),
    ("folded: coordinates may clip", f"{CERTIFY}/forms/folded/form.py", "if (lower < 0).any():", "if False:", FOLDED),
    ("folded: too many patterns are proven", f"{CERTIFY}/forms/folded/balls.py", "return np.full(len(owner), -np.inf)",
     "return np.full(len(owner), np.inf)", FOLDED),
    ("folded: any lead will do", f"{CERTIFY}/forms/folded/functions.py", ">= here.needed", ">= -1e9", FOLDED),
    ("folded: a tenth of the steepest slope", f"{CERTIFY}/forms/folded/requirement.py", "(self.balls.speed *", "0.1 * (self.balls.speed *",
     FOLDED),
    ("folded: any slopes prove", f"{CERTIFY}/forms/folded/functions.py", "left[missing <= 0.0]", "left[missing <= 1.0]", FOLDED),
    ("leaders: collapse always has one", f"{CERTIFY}/forms/collapse/form.py", "single = len(self.stages) == 1", "single = True", LEADERS),
    ("leaders: led by several is never tried", f"{CERTIFY}/leads/meter.py", "if comparison.any_leader else", "if False else", LEADERS),
    ("leaders: the best led piece counts", f"{CERTIFY}/leads/meter.py", "rival = np.argmin(best, axis=1)\n        lower",
     "rival = np.argmax(best, axis=1)\n        lower", LEADERS),
    ("single file: folds, a slope for every sign", TOOL, "np.where(v[:, unit] >= 0, t[:, k], bits[k])", "t[:, k]", SINGLE),
    ("single file: folds, balls of no size", TOOL, "- self.radius * UP * norms(v, self.q) - 4", "- 4", SINGLE),
    # cells: certificate and reader
    ("cells: own and later signs swapped", f"{CERTIFY}/forms/cells/requirement.py", "sign=-1, lead=0.0", "sign=+1, lead=0.0", CELLS),
    ("cells: later cells by their worst halfspace", f"{CERTIFY}/forms/cells/requirement.py",
     "np.maximum.reduceat(margin, self.later", "np.minimum.reduceat(margin, self.later", CELLS),
    ("cells: own cells by their best halfspace", f"{CERTIFY}/forms/cells/requirement.py",
     "np.minimum.reduceat(margin, self.own", "np.maximum.reduceat(margin, self.own", CELLS),
    ("cells: all own cells count", f"{CERTIFY}/forms/cells/requirement.py", "self.own.starts, axis=1).max(", "self.own.starts, axis=1).sum(",
     CELLS),
    ("cells: own class is a later one", f"{CERTIFY}/forms/cells/form.py", "number > c", "number >= c", CELLS),
    ("cells: read-out: units read anything", f"{CERTIFY}/forms/shared/read_out.py", "unit.expect(first.inputs, bias=ANY)", "pass", CELLS),
    ("cells: read-out: units above the register", f"{CERTIFY}/forms/shared/read_out.py", "(np.diff(thresholds) > 0).all()", "True", CELLS),
    ("cells: read-out: without its thresholds", f"{CERTIFY}/forms/shared/read_out.py", "counts[:, None] - self.thresholds", "counts[:, None] + 0 * self.thresholds", CELLS),
    ("cells: read-out: sums of any size", f"{CERTIFY}/forms/shared/read_out.py", "numbers += read_out_range(", "read_out_range(",
     ("tests/construct/test_class_order.py",)),
    ("cells: read-out: two classes with one label", f"{CERTIFY}/forms/cells/form.py", "len(np.unique(form.printed)) < len(form.printed)", "False", CELLS),
    ("tool: read-out: units above the register", TOOL, "(np.diff(off) > 0).all() and whole", "whole", SINGLE),
    ("tool: read-out: units read anything", TOOL, "all(u.reads(*units[0].extra, bias=u.bias) for u in units)", "True", SINGLE),
    ("cells: no lead", f"{CERTIFY}/forms/cells/requirement.py", "sign=+1, lead=self.lead", "sign=+1, lead=0.0", CELLS),
    ("cells: a tenth of the lead", f"{CERTIFY}/forms/cells/form.py", "lead = span / self.rate *", "lead = 0.1 * span / self.rate *",
     CELLS),
    ("cells: errors dropped", f"{CERTIFY}/leads/polyhedron.py", "(through + h.errors + lead)", "(through + lead)", CELLS),
    ("cells: errors of the rows before", f"{CERTIFY}/forms/cells/form.py", "np.cumsum(part[::-1])[::-1]", "np.cumsum(part)", CELLS),
    ("cells: the running minimum costs nothing", f"{CERTIFY}/forms/cells/form.py", "held[starts] = 0.0", "held[:] = 0.0", CELLS),
    ("cells: of the rows only their biases err", f"{CERTIFY}/forms/cells/form.py", "np.abs(rows.weights) @ domain.upper",
     "0 * np.abs(rows.weights) @ domain.upper", CELLS),
    ("cells: 0.9 of the Lipschitz constant", f"{CERTIFY}/leads/polyhedron.py",
     "bound: FloatArray = (row_norms_upper(lifted, q) + error)", "bound: FloatArray = (0.9 * row_norms_upper(lifted, q) + error)",
     CELLS),
    ("cells: first-layer error dropped", f"{CERTIFY}/leads/polyhedron.py", "(domain.error + error)", "(0 * error)", CELLS),
    ("cells: the rate of one cell counts", f"{CERTIFY}/forms/cells/form.py", "min(reading.rates)", "max(reading.rates)", CELLS),
    ("cells: a register row may read more", f"{CERTIFY}/forms/cells/form.py", 'k.expect({**kept, "x": -rate}, bias=ANY)', "pass", CELLS),
    ("cells: a kept register may change", f"{CERTIFY}/forms/cells/form.py", "k.expect(kept)", "pass", CELLS),
    ("cells: a step may read anything", f"{CERTIFY}/forms/cells/form.py", 'x.expect({"x": 1.0}, z=ANY, bias=ANY)', "pass", CELLS),
    ("cells: a test of any shape", f"{CERTIFY}/forms/cells/form.py",
     '(len(self.open) > 1) != (self.open[-1].inputs == {"x": -1.0})', "False", CELLS),
    # the arithmetic of the process
    ("mode: rounding downward passes", "src/logwidth/rounding/formats.py", "or ONE - HALF_BELOW != ONE", "or False", MODE),
    ("mode: flushed numbers pass", "src/logwidth/rounding/formats.py", "if LEAST_NORMAL * HALF * LARGE != LEAST_NORMAL * LARGE * HALF:", "if False:", MODE),
    ("mode: γ is stated in any rounding", "src/logwidth/rounding/formats.py", "    check_arithmetic()\n", "", MODE),
    # scalers in front of a network
    ("scalers: roundings dropped", f"{CERTIFY}/scaling/feature_scaling.py", "radii - 2.0 * error", "radii - 0.0 * error", UNITS),
    ("maps: ends that keep nothing agree", "src/logwidth/maps/ascent.py", "if end.value > NOTHING]", "]", ("tests/maps/test_search.py",)),
    ("door: merged labels of LibSVM", "src/logwidth/dataset/readers/svmlight.py", "if beyond.size:", "if False:", WARTS),
    ("door: merged labels of lists", "src/logwidth/estimator/door.py", "and before != after:", "and False:", LABELS),
    ("door: labels in another order than the points", "src/logwidth/dataset/frames.py", "if own != other", "if False", FIRST),
    ("door: an altered network", f"{CERTIFY}/runs/stored_run.py", "    if not altered:", "    if False:", CHECK),
    ("door: an altered exact network", f"{CERTIFY}/runs/exact_run.py", "    if not altered:", "    if False:", EXACT),
    ("door: a device is no file", "src/logwidth/export/run_directory.py", "not target.is_file()", "target.is_dir()", ("tests/cli/test_before_work.py",)),
    ("door: quotes of any kind go", "src/logwidth/dataset/readers/label_files.py", "if QUOTED.fullmatch(line) else", "if line else", WARTS),
    ("scalers: clipping is linear", "src/logwidth/estimator/input_units.py", 'and not getattr(step, "clip", False)', "", UNITS),
    ("scalers: the flattest factor counts", f"{CERTIFY}/scaling/feature_scaling.py", "factors.max()", "factors.min()", UNITS),
    # lanes
    ("lanes: a hundredth of the lead", f"{CERTIFY}/forms/lanes.py", "lead = 4 *", "lead = 1e-9 *", LANES),
    ("lanes: 0 is no rival", f"{CERTIFY}/forms/lanes.py", ", rival=zero)", ")", LANES),
    ("lanes: the fastest rate counts", f"{CERTIFY}/forms/lanes.py", "rates = min(tournament.rates)", "rates = max(tournament.rates)", LANES),
    ("lanes: equal codes pass", f"{CERTIFY}/forms/lanes.py", "or len(set(codes)) != len(codes)", "", LANES),
    ("lanes: a maximum may read anything", f"{CERTIFY}/forms/lanes.py", "take(s).expect(maximum.sum)", "take(s)", LANES),
    ("lanes: a match may lift one side", f"{CERTIFY}/forms/lanes.py",
     "            unit.expect(inputs)\n", "            pass\n", LANES),
    ("lanes: overflow unchecked", f"{CERTIFY}/forms/lanes.py", "max(self.rates[1], 1.0) * 8 <", "0 <", LANES),
    ("lanes: scores not lifted", f"{CONSTRUCT}/scores/lanes.py", "offsets + (2 * gap - lowest)", "offsets", LANES),
    ("lanes: a label is never struck out", f"{CONSTRUCT}/scores/lanes.py", "-self.rate}", "-1e-6 * self.rate}", LANES),
    # decision lists, parked or not
    ("parked lists: no lead", f"{CERTIFY}/forms/parked_lists.py", "* CONSTANT_SLACK * SLOP", "* 0.0", PARKED),
    ("parked lists: a parked point may pass", f"{CERTIFY}/forms/parked_lists.py",
     "if stage.signs[0] != -1.0 or stage.rules.size < 2 or not gain", "if False and not gain", PARKED),
    ("parked lists: a live coordinate may look parked", f"{CERTIFY}/forms/parked_lists.py",
     "if not float(domain.upper[0]) <= self.park:", "if False:", PARKED),
    ("parked lists: codes may be fractions", f"{CERTIFY}/forms/parked_lists.py", "if not (code > 0 and read.denominator == 1):",
     "if not code > 0:", PARKED),
    ("parked lists: codes of any size", f"{CERTIFY}/forms/parked_lists.py", "<= 2**24:", "<= 2**99:", PARKED),
    ("parked lists: two lists of one label", f"{CERTIFY}/forms/parked_lists.py", "if len(set(values)) != len(values):", "if False:", PARKED),
    ("parked lists: coordinate 0 may change anywhere", f"{CERTIFY}/forms/parked_lists.py", "        if into:\n", "        if False:\n",
     PARKED),
    ("parked lists: the code is read off anything", f"{CERTIFY}/forms/parked_lists.py",
     "z={0: 1.0}, bias=ANY)", "z=ANY, bias=ANY)", PARKED),
    ("nested rules: errors of the outer rules forgotten", f"{CERTIFY}/forms/shared/nested.py", "np.cumsum(steps) + rounded", "steps + rounded",
     (*PARKED, *SOUND)),
    ("nested rules: maxima only", f"{CERTIFY}/forms/shared/nested.py", "np.maximum if self.signs[t] == self.side else np.minimum", "np.maximum",
     PARKED),
    # all scores at once
    ("fused reading: no lead is required", f"{CERTIFY}/runs/fusion.py", "return (chain + 2 * own", "return 0 * (chain + 2 * own", FUSED),
    ("fused reading: twins are not measured", f"{CERTIFY}/runs/fusion.py", "np.abs(twins[:, k] - shifted)", "0 * np.abs(twins[:, k] - shifted)",
     FUSED),
    ("fused: one rival is enough", f"{CERTIFY}/leads/comparison.py", "others = pieces.take(np.flatnonzero(~own))",
     "others = pieces.take(np.flatnonzero(~own)[:1])", FUSED),
    ("fused: a maximum of anything", f"{CERTIFY}/onnx/fused.py",
     '_expect(maximum, list(scores.output), {"axes": [1], "keepdims": 1})', "pass", FUSED),
    # distances to centres
    ("near test: one later centre counts", f"{CERTIFY}/forms/sawtooth/form.py", "* SLOP).min(axis=1))", "* SLOP).max(axis=1))", SAWTOOTH),
    ("near test: half the speed", f"{CERTIFY}/forms/sawtooth/form.py", "room / (speed", "room / (0.5 * speed", SAWTOOTH),
    ("near test: the norm of a row", f"{CERTIFY}/forms/sawtooth/form.py", "gram.sum(axis=1)", "gram.min(axis=1)", SAWTOOTH),
    ("nearest test: half the reach", f"{CERTIFY}/forms/nearest/form.py", "moved = (reach * r + blur)", "moved = (0.5 * reach * r + blur)",
     NEAREST),
    ("nearest test: one limit is enough", f"{CERTIFY}/forms/nearest/form.py", ") & (ours - slack >= self.limits[1])", ")", NEAREST),
    # files
    ("reader: attributes of any type", f"{CERTIFY}/onnx/graph.py", " and all(type(found[name])", " or all(type(found[name])", READER),
    ("reader: padding unread", f"{CERTIFY}/onnx/scan.py", "or weights[size:].any() or bias[size:].any()", "", READER),
    ("reader: declared as anything", f"{CERTIFY}/onnx/graph.py", "if self.kinds != {kind} or", "if False and", READER),
    # the other forms
    ("register: half the lead", f"{CERTIFY}/forms/register.py", "lead = 2 * span", "lead = 0.01 * span", SOUND),
    ("register: the fastest rate counts", f"{CERTIFY}/forms/register.py", "min(rates), increments", "max(rates), increments", SOUND),
    ("register: values shifted", f"{CERTIFY}/forms/shared/read_out.py", "*increments[1:], 0.0])", "*increments[:-1], 0.0])", SOUND),
    ("register: range unchecked", f"{CERTIFY}/forms/register.py", "        self._check_range(domain, largest, span)\n", "",
     (*SOUND, "tests/certify/test_form_faults.py")),
    ("register: the maximum may read anything", f"{CERTIFY}/forms/register.py", "s.expect(maximum)", "pass", SOUND),
    ("register: an increment may read anything", f"{CERTIFY}/forms/register.py",
     "r.expect(negated(maximum), z=ANY, bias=ANY)", "pass", SOUND),
    ("register: output unchecked", f"{CERTIFY}/forms/shared/read_out.py", "output.row(0) != {0: -1.0}", "False", SOUND),
    ("collapse: a hit needs no lead", f"{CERTIFY}/forms/collapse/form.py", "here, keep, carry", "here, -1e9, carry", SOUND),
    ("collapse: a miss needs no room", f"{CERTIFY}/forms/collapse/form.py", "after, lose, carry", "after, keep, carry", SOUND),
    ("collapse: constants unchecked", f"{CERTIFY}/forms/collapse/form.py", "            _check_constants(stage, domain, largest)\n", "",
     SOUND),
    ("collapse: levels unchecked", f"{CERTIFY}/forms/collapse/form.py", "            self._check_level(stage, domain)\n",
     "            pass\n", SOUND),
    ("collapse: the best rate counts", f"{CERTIFY}/forms/collapse/reader.py", "rate=min(self.rates)", "rate=max(self.rates)", SOUND),
    # the trace: what every form is read with
    ("copies: units unchecked", f"{CERTIFY}/forms/shared/trace.py", "        if not exact:\n", "        if False:\n", TRACE),
    ("copies: coordinate 0 may read more", f"{CERTIFY}/forms/shared/trace.py", "if into and not into_first:", "if False:", TRACE),
    ("trace: units left over", f"{CERTIFY}/forms/shared/trace.py", "        if self.untaken:\n", "        if False:\n", TRACE),
    ("trace: weights unchecked", f"{CERTIFY}/forms/shared/trace.py", "if self.inputs != inputs:", "if False:", TRACE),
    ("trace: coordinates unchecked", f"{CERTIFY}/forms/shared/trace.py", "if not np.array_equal(self.z, wanted):", "if False:", TRACE),
    ("trace: biases unchecked", f"{CERTIFY}/forms/shared/trace.py", "if bias is not ANY and self.bias != bias:", "if False:", TRACE),
    ("trace: any sign will do", f"{CERTIFY}/forms/shared/trace.py", "if not value * sign > 0:", "if value == 0:", TRACE),
    ("trace: the output before the last layer", f"{CERTIFY}/forms/shared/trace.py", "        if self.left:\n", "        if False:\n", TRACE),
    ("read-out: one value for both classes", f"{CERTIFY}/forms/shared/read_out.py", 'if "1 - y" not in output.inputs:', "if False:", TRACE),
    ("read-out: a register that counts backwards", f"{CERTIFY}/forms/shared/read_out.py", "if min(increments) < 0 or", "if False or", TRACE),
    ("read-out: values that the format does not hold", f"{CERTIFY}/forms/shared/read_out.py",
     "    exact_integers([*increments, sum(increments), top, top - sum(increments)], network.dtype, network.depth + 1)\n", "", TRACE),
    ("leads: score error dropped", f"{CERTIFY}/leads/leads.py", "lead -= required + self.score_error", "lead -= required", SOUND),
    ("leads: errors of the scores dropped", f"{CERTIFY}/leads/leads.py", "errors *= model.factor", "errors *= 0", SOUND),
    ("leads: norms halved", f"{CERTIFY}/leads/leads.py", "radius: FloatArray = lead / norms", "radius: FloatArray = 1.5 * lead / norms",
     SOUND),
    ("leads: the farthest rival counts", f"{CERTIFY}/leads/leads.py", "rival = np.argmin(radius, axis=1)",
     "rival = np.argmax(radius, axis=1)", SOUND),
    ("exact leads: the wrong dual", f"{CERTIFY}/leads/comparison.py", "if q == 1.0:", "if q == 1.5:", SOUND),
    ("exact leads: sign of the radius", f"{CERTIFY}/leads/comparison.py", "value >= 0 and _covers(value,", "_covers(abs(value),", SOUND),
    ("first layer: clipping allowed", f"{CERTIFY}/leads/first_layer.py", "if (lower < 0).any():", "if False:", SOUND),
    ("first layer: no rounding", f"{CERTIFY}/leads/first_layer.py", "rounding = gamma_upper(n + 5, unit) * SLOP", "rounding = 0.0",
     SOUND),
    ("first layer: overflow allowed", f"{CERTIFY}/leads/first_layer.py", "if not float(np.max(np.concatenate(terms)))",
     "if False and not float(np.max(np.concatenate(terms)))", SOUND),
    ("first layer: other points of any size", f"{CERTIFY}/leads/first_layer.py", "inner = np.minimum(inner, self.sizes",
     "np.minimum(inner, self.sizes", BOUNDS),
    ("norms: p for its dual", "src/logwidth/norms.py", "return 1.0 if math.isinf(p)", "return 2.0 if math.isinf(p)", SOUND),
    ("witness: any point counts", f"{CERTIFY}/balls/witness.py", "sum((g * g for g in gaps), Fraction(0)) <= limit * limit", "True", SOUND),
    # two-sided radii and the attack
    ("multipliers: negative ones count", f"{CERTIFY}/leads/polyhedron.py", "np.where(multipliers > 0, multipliers, 0.0)", "multipliers",
     SIDES),
    ("multipliers: slack forgotten", f"{CERTIFY}/leads/polyhedron.py", "weight @ body.slack", "0 * weight @ body.slack", SIDES),
    ("multipliers: slope too small", f"{CERTIFY}/leads/polyhedron.py", "+ through) * SLOP", "+ through) * 0.9", SIDES),
    ("rivals: the screen skips too much", f"{CERTIFY}/leads/rivals.py", "if bounds[j] >= length or", "if count >= 1 or", SIDES),
    ("two-sided: a rule beyond the clip", f"{CERTIFY}/exact_radii/two_sided.py", "np.minimum(rule.radius_lower, ends)", "rule.radius_lower",
     SIDES),
    ("two-sided: proven beyond the domain", f"{CERTIFY}/exact_radii/two_sided.py", "min(found.radius_lower[0], reach[i])",
     "found.radius_lower[0]", SIDES),
    ("cell radii: a search cut short is a proof", f"{CERTIFY}/forms/cells/requirement.py", "                    return bound, None, solved",
     "                    return np.inf, None, solved", SIDES),
    ("distances rounded down", "src/logwidth/rounding/exact.py", "    while Fraction(r) ** 2 < scaled:\n        r = up(r)\n",
     "    r = down(down(r))\n", SIDES),
    ("attack: changes not counted", "src/logwidth/attack/network_attack.py", "changes += 1", "changes += 0", ATTACK),
    ("attack: points leave their ball", "src/logwidth/attack/outside.py", "<= radius * SURE", "<= radius * 2", ATTACK),
    ("attack: fractional outputs are labels", "src/logwidth/attack/classifier.py", "found = np.where(same, found, -1)",
     "found = np.where(same, found, found)", ATTACK),
    # check
    ("check: digests ignored", f"{CERTIFY}/runs/check.py", "!= certificate.network_sha256", "is None", CHECK),
    ("check: larger radii accepted", f"{CERTIFY}/runs/claims.py", "certificate.radius_lower > found.radius_lower",
     "certificate.radius_lower > 9 * found.radius_lower", CHECK),
    ("check: status not compared", f"{CERTIFY}/runs/check.py",
     "(certificate.status == Outcome.CERTIFIED) & (found.status != Outcome.CERTIFIED)", "found.status > 9", CHECK),
    ("check: other data accepted", f"{CERTIFY}/runs/check.py", "if data.sha256 != certificate.data_sha256:", "if False:", CHECK),
    ("check: nothing is attacked beyond what is proven", f"{CERTIFY}/runs/claims.py", "if find_witnesses(", "if False and find_witnesses(",
     CHECK),
    ("check: constants not compared", f"{CERTIFY}/runs/claims.py", "return same and all(", "return True or all(", CHECK),
    ("check: a certificate may speak against itself", f"{CERTIFY}/runs/check.py",
     "elif certificate.reason or set(certificate.witnesses) - set(found.witnesses):", "elif False:", CHECK),
    ("certificates: words are not read", f"{CERTIFY}/sealed.py", "    if wrong:\n", "    if False:\n", CHECK),
    ("certificates: keys may occur twice", f"{CERTIFY}/sealed.py", "if len(found) != len(pairs):", "if False:", CHECK),
    ("norms: named by six digits", "src/logwidth/norms.py", 'return repr(float(p)).removesuffix(".0")', 'return f"{p:g}"', CHECK),
    ("reader: fields that nobody reads", f"{CERTIFY}/onnx/graph.py", "for name in single:", "for name in ():", READER),
    ("reader: lists that nobody reads", f"{CERTIFY}/onnx/graph.py", "for name in lists:", "for name in ():", READER),
    ("reader: fields of a later version", f"{CERTIFY}/onnx/graph.py", "if len(UnknownFieldSet(message)):", "if False:", READER),
    ("reader: attributes of two values", f"{CERTIFY}/onnx/graph.py", "and not _one_value(message):", "and False:", READER),
    ("reader: values without a name", f"{CERTIFY}/onnx/graph.py", '"" in names,', "False,", READER),
    ("reader: steps without a name", f"{CERTIFY}/onnx/scan.py", ' or "" in names or', " or", READER),
    ("reader: names of the step that hide others", f"{CERTIFY}/onnx/scan.py", " or set(names) & graph.names", "", READER),
    ("reader: state's padding unread", f"{CERTIFY}/onnx/scan.py", "if (padding & (", "if False and (padding & (", READER),
    ("reader: step wired anyhow", f"{CERTIFY}/onnx/scan.py", "if not step.reads(value, [[z, A, b], [s, B, step.made[0]]]):", "if False:", READER),
    ("reader: last layer wired anyhow", f"{CERTIFY}/onnx/scan.py", "if list(of_z.input) != [z, A, b] or list", "if False and list", READER),
    ("reader: last layer scaled", f"{CERTIFY}/onnx/scan.py", "if not (plain_gemm(of_z) and plain_gemm(of_state)):", "if False:", READER),
    ("reader: step of scaled sums", f"{CERTIFY}/onnx/scan.py", "        and all(plain_gemm(node) for node in gemms)\n", "", READER),
    ("export: copies with a bias", "src/logwidth/export/onnx_scan.py", " & (layer.bias[:most] == 0)", "", READER),
    ("export: copies with a weight", "src/logwidth/export/onnx_scan.py", "(layer.weights[:most] == 1) & ", "", READER),
    ("widening: what is short on the wide domain stays short", f"{CERTIFY}/balls/certify.py", "left = np.flatnonzero(radii < radius)",
     "left = np.flatnonzero(radii < 0)", ("tests/certify/test_widening.py",)),
    ("widening: clipped balls are on the wide domain", f"{CERTIFY}/balls/certify.py", "* INSIDE > reach)\n    if rows", "* INSIDE > 0)\n    if rows",
     ("tests/certify/test_widening.py",)),
    ("sieve of leads: crowds are not looked at again", f"{CERTIFY}/leads/lead_sieve.py", "margin[crowded] = left[crowded] @ part",
     "margin[crowded] = 1.0", SIEVE),
    ("sieve of leads: own scores grow to nothing", f"{CERTIFY}/leads/lead_sieve.py", "            scores += swing[part]\n", "", SIEVE),
    # forms of networks in double precision, and of units in any order
    ("telescope: a rounded constant that steps cancel", f"{CERTIFY}/forms/telescope.py", " + abs(float(self.steps.biases[0]))", "",
     ("tests/certify/test_form_faults.py",)),
    ("telescope: any error of the output", f"{CERTIFY}/forms/telescope.py", "if not total <= OUTPUT_ERROR:", "if False:", SOUND),
    ("telescope: g need not follow h", f"{CERTIFY}/forms/telescope.py", "if not np.array_equal(g.z, rate * h.z):", "if False:", SOUND),
    ("telescope: no lead", f"{CERTIFY}/forms/telescope.py", "lead = span / self.rate * SLOP", "lead = -1e9", SOUND),
    ("parallel: two rates", f"{CERTIFY}/forms/parallel.py", "elif rate is not None and weight != rate:", "elif False:",
     ("tests/certify/test_form_faults.py",)),
    ("parallel: no lead", f"{CERTIFY}/forms/parallel.py", "lead = (0.5 / self.rate + total) * SLOP", "lead = -1e9", SOUND),
    ("parallel: the scores of the other class forwards", f"{CERTIFY}/forms/parallel.py", "sign = 1 if backwards else -1", "sign = -1",
     SOUND),
    ("carriers: underflow reads nothing large", f"{CERTIFY}/leads/carriers.py", "(1.0 + domain.upper.sum())", "1.0", MIXED),
    ("carriers: clipping allowed", f"{CERTIFY}/leads/carriers.py", "if (~idle & (lower < 0)).any():", "if False:", MIXED),
    ("carriers: nothing rounds", f"{CERTIFY}/leads/carriers.py", "rounding[self._copies(W, b, domain)] = 0.0", "rounding[:] = 0.0", MIXED),
    ("carriers: the maximum may be carried", f"{CERTIFY}/forms/mixed.py", "or dense[np.ix_(kept, others)].any()", "", MIXED),
    ("mixed: a score's carriers are exact", f"{CERTIFY}/forms/mixed.py",
     "error = float(size @ carriers.error) + longest", "error = longest", MIXED),
    ("head: labels that are no class", f"{CERTIFY}/forms/scores_head.py", "if not reads_classes(values, self.n_classes):", "if False:", TRUTH),
    ("head: any scores", f"{CERTIFY}/forms/scores_head.py", "    if not exact:\n", "    if False:\n", TRUTH),
    # numbers that float64 does not hold
    ("overflow: a norm may be no number", f"{CERTIFY}/leads/first_layer.py", "norms[zero], norms[lost] = 0.0, np.inf", "norms[zero] = 0.0",
     BOUNDS),
    ("overflow: a halfspace without a radius is far away", f"{CERTIFY}/leads/polyhedron.py", "np.where(np.isnan(radii), -1.0, radii)",
     "np.where(np.isnan(radii), np.inf, radii)", BOUNDS),
    ("overflow: pairs of vectors that are no numbers", f"{CERTIFY}/leads/geometry.py",
     "if not (np.isfinite(own).all() and np.isfinite(opposite).all()):", "if False:", BOUNDS),
    ("underflow: any float is near", "src/logwidth/rounding/exact.py", "if abs(x) < SMALLEST_NORMAL and Fraction(x) != q:", "if False:",
     ("tests/certify/test_forged.py",)),
    ("tool: what underflows is zero", TOOL, "LOST = 2.0**-1050", "LOST = 0.0", SINGLE),
    # lower bounds
    ("width: weights below zero", f"{CERTIFY}/lower_bounds/width_proof.py", "if (weights < 0.0).any():", "if False:", WIDTH),
    ("width: pairs of one label", f"{CERTIFY}/lower_bounds/width_proof.py", "if same.size:", "if False:", WIDTH),
    ("width: a smaller radius", f"{CERTIFY}/lower_bounds/width_proof.py", "if stored < proven:", "if False:", WIDTH),
    ("width: what the eigenvalues miss", f"{CERTIFY}/lower_bounds/inscribed.py", "k * (residual + gram)", "0.0 * (residual + gram)", WIDTH),
    ("width: a sample of its own label in between", f"{CERTIFY}/lower_bounds/line_bound.py", "if first != second or first == middle:", "if False:",
     LINE),
    ("width: a sample far from the segment", f"{CERTIFY}/lower_bounds/line_bound.py", "if not length_within(gaps,", "if False and not length_within(gaps,",
     LINE),
    *(
        (f"surrounded: {name}", f"{CERTIFY}/lower_bounds/topology/{file}.py", text, other, SURROUNDED)
        for name, file, text, other in (
            ("a surface of the sample's own class", "enclosed", "if len(labels) != 1 or int(data.labels[certificate.inside]) in labels:", "if len(labels) != 1:"),
            ("a face that balls do not cover", "enclosed", "bare is None,", "True,"),
            ("a surface with a hole", "enclosed", "is_closed(faces),", "True,"),
            ("a sample outside", "enclosed", "is_enclosed(points[certificate.inside], surface),", "True,"),
            ("an even number of crossings", "parity", "return sum(map(bool, crossed)) % 2 == 1", "return any(crossed)"),
            ("rings that pass twice", "parity", "return parity % 2 == 1", "return parity > 0"),
            ("rings of one class", "linked", " or labels[0] == labels[1]", ""),
            ("edges of a ring that balls do not cover", "linked", "if not is_segment_covered(", "if False and not is_segment_covered("),
            ("rings apart", "linked", "if not are_linked(first, second):", "if False:"),
            ("balls of l1 as large as those of l2", "covered", "larger = 1 if norm >= 2.0 else len(corners[0])", "larger = 1"),
        )
    ),
    *(
        (f"cover: {name}", f"{CERTIFY}/lower_bounds/cover/{file}.py", text, other, COVER)
        for name, file, text, other in (
            ("pairs of one label", "cover", " or data.labels[pair[0]] == data.labels[pair[1]]", ""),
            ("a chart missing", "cover", "if len(c.cells) != math.comb(n, c.rank):", "if False:"),
            ("a cell far from its pair", "cover", "if far.size:", "if False:"),
            ("a basis in a plane", "span", "entries[:n]) is None:", "entries[:n]) is ...:"),
            ("cells as small as their middle", "span", "reached[:, chart.others] = (", "reached[:, chart.others] = 0 * ("),
            ("no square of what a cell adds", "span", "dots(twice, E) + dots(E @ _sizes(span.gram), E)", "dots(twice, E)"),
            ("no slope across a cell", "span", "around = dots(twice, E) + dots(", "around = dots("),
            ("l1 by its largest entry", "span", "if math.isinf(norm) else", "if True else"),
            ("halves that leave a gap", "span", "centre[axis] + sign * step,", "centre[axis] + sign * (step + step // 2),"),
            ("a tree that ends early", "span", "    if open_:\n        return None\n", ""),
        )
    ),
    ("pieces: images that hardly meet", f"{CERTIFY}/lower_bounds/pieces_proof.py", "upper <= 2.0 * radius", "upper <= 2.1 * radius", CROWDS),
    ("pieces: a sample of the class itself in between", f"{CERTIFY}/lower_bounds/pieces_proof.py",
     " or (data.labels[between] == data.labels[pairs[:, 0]]).any()", "", CROWDS),
    # properties of the benchmark
    ("properties: no room for what scorers tolerate", "src/logwidth/export/properties.py", "reach + INPUT_TOLERANCE <=", "reach <=",
     PROPERTIES),
    ("properties: a witness beside its box", "src/logwidth/export/properties.py", "all(a < w < b for", "any(a < w < b for", PROPERTIES),
    # builders: what they build wrongly must not be certified, so the tests that expect certificates fail
    ("builder: register without its rate", f"{CONSTRUCT}/scores/register.py", "rate = thin_rate(", "rate = 2.0**-30 * thin_rate(", SOUND),
    ("builder: scores without their factor", f"{CONSTRUCT}/scores/prototypes.py", "2.0 * dual", "1.9 * dual", SOUND),
    ("builder: first layer clips", f"{CONSTRUCT}/chain.py", "(reach - projected).max(axis=0)", "(0.5 * reach - projected).max(axis=0)",
     SOUND),
    ("builder: cells without room", f"{CONSTRUCT}/cells/shared.py", "(slack[used] - room.sigma - room.gap)", "slack[used]", CELLS),
    ("builder: pieces serve points instead of balls", f"{CONSTRUCT}/pruning/duel.py", "self.gap + self.sigma * row_lengths",
     "self.gap + 0.5 * self.sigma * row_lengths", ASSIGNED),
    ("builder: the table of leads has shorter lengths", f"{CONSTRUCT}/pruning/duel.py", "table *= self.kind(self.sigma)",
     "table *= self.kind(0.5 * self.sigma)", ASSIGNED),
    ("builder: float32 is believed", f"{CONSTRUCT}/pruning/duel.py", "self.room if single else", "0.0 * self.room - 0.1 if single else",
     ASSIGNED),
    ("near: near scores are those at a class's middle", f"{CONSTRUCT}/pruning/leads.py", "(sigma + radii[label])", "sigma * (1.0 + 0.0 * label)",
     NEAR),
    ("near: own scores near another class are not set aside", f"{CONSTRUCT}/pruning/duel.py", "= self.columns[own]",
     "= 0 * self.columns[own] - 1", NEAR),
    ("near: scores that moved are taken to lie still", f"{CONSTRUCT}/pruning/assign_and_move.py", "most = self.reach *", "most = 0.0 * self.reach *",
     NEAR),
    ("effort: a search stays hasty", f"{CONSTRUCT}/pruning/drop.py", "1.5 * self.share), False", "1.5 * self.share), self.mover.hasty", EFFORT),
    ("effort: no try is hopeless", f"{CONSTRUCT}/pruning/assign_and_move.py", "number > 1 and missing > first", "number > 9", EFFORT),
    ("maps: a map that just keeps enough is left so", "src/logwidth/maps/map_search.py", "if self.complete or best.ratio_lower >= enough:",
     "if True:", ("tests/maps/test_working_set.py",)),
    ("maps: the last map with room is taken", "src/logwidth/maps/map_search.py", "best = max(best, found, key", "best = min(best, found, key",
     ("tests/maps/test_working_set.py",)),
    ("grown: the piece in the way is whole", f"{CONSTRUCT}/pruning/drop.py", "failing = failing | _in_the_way", "failing | _in_the_way", PIECES),
    ("grown: the farthest sample is needed", f"{CONSTRUCT}/pruning/drop.py",
     "near[rows[np.argmin((away", "near[rows[np.argmax((away", PIECES),
    ("grown: copies of pieces", f"{CONSTRUCT}/pruning/drop.py", "ends[parents] > 1]", "ends[parents] > 0]", PIECES),
    ("effort: pairs are forgotten", f"{CONSTRUCT}/pruning/assign_and_move.py", "self.held = pairs", "self.held = None", STOPS),
    ("effort: nothing is in vain", f"{CONSTRUCT}/pruning/assign_and_move.py", "number > 0 and missing > VAIN", "number > 9 and missing > VAIN",
     STOPS),
    ("builder: covers without their gap", f"{CONSTRUCT}/pruning/reach.py", "squares[some] + problem.gap <= -refusal", "squares[some] <= -refusal",
     PIECES),
    ("builder: covers of many pairs without their gap", f"{CONSTRUCT}/pruning/reach.py", "squares[some] + problem.gap <= -reach.max",
     "squares[some] <= -reach.max", PIECES),
    ("builder: collapse parks too low", f"{CONSTRUCT}/scores/collapse.py", "park = 2 * power_above(", "park = 0.25 * power_above(", SOUND),
    # runs on the disk
    ("runs: what was set aside stays aside", "src/logwidth/export/run_directory.py", "        _put_back(target, marker)\n", "", FAULTS),
    # the single-file checker
    ("tool: norms shrunk", TOOL, "return np.linalg.norm(rows /", "return 0.9 * np.linalg.norm(rows /", SINGLE),
    ("tool: register needs no lead", TOOL, "lead = 2 * R", "lead = 0 * R", SINGLE),
    ("tool: the fastest rate counts", TOOL, "min(rates), float(b[0])\n    R, n", "max(rates), float(b[0])\n    R, n", SINGLE),
    ("tool: clipping allowed", TOOL, "(self.lower >= 0).all()", "(self.lower >= -9e99).all()", SINGLE),
    ("tool: later cells forgotten", TOOL, "outside[codes > v]", "outside[codes > v + 1e9]", SINGLE),
    ("tool: copies unchecked", TOOL, "np.array_equal(W[:m, :m], np.eye(m))", "True", SINGLE),
    ("tool: a hit may be missed", TOOL, "stage.miss_rate * stage.K >= safe", "True", SINGLE),
    ("tool: values without a name", TOOL, 'need("" not in {*made, *tensors},', 'need(True or "" not in {*made, *tensors},', SINGLE),
    ("tool: rows are rounded", TOOL, "np.array_equal(X.astype(np.float64).astype(X.dtype), X)", "True", SINGLE),
    ("tool: a note given twice", TOOL, "len(notes) == len(model.metadata_props)", "True", SINGLE),
    # sketches of the separation, and the sieve of leads
    ("device: pairs near their row alone are listed", "src/logwidth/separation/device_prefilter.py",
     ")[:, None]) | (g <=", ")[:, None]) & (g <=", DEVICE),
    ("device: products are believed", "src/logwidth/separation/table.py",
     "return Envelope(2, self.unit, 0.0, gamma * reach * reach + self._tiny, shift)",
     "return Envelope(2, self.unit, 0.0, 0.0 * gamma * reach * reach + self._tiny, shift)", DEVICE),
    ("device: samples of one class are opposite", "src/logwidth/separation/device_prefilter.py",
     "if rows is cols:", "if rows is not rows:", DEVICE),
    ("device: a tile with too many pairs lists a few", "src/logwidth/separation/device_prefilter.py",
     "                return None\n            i, j = (host(a).astype(np.int64) for a in xp.nonzero(hit))",
     "                hit[:, 9:] = False\n            i, j = (host(a).astype(np.int64) for a in xp.nonzero(hit))", DEVICE),
    ("device: lower bounds are too large", "src/logwidth/separation/device_prefilter.py",
     "low, far = ahead.distance_lower(entries.astype(np.float64), i)",
     "low, far = 1.01 * ahead.distance_lower(entries.astype(np.float64), i)", DEVICE),
    ("device: coarse products are not asked about", "src/logwidth/rounding/tensors.py",
     "if not (exact and small and precision == \"highest\"):", "if False:", DEVICE),
    ("separation: the nearest pair within a guess counts", "src/logwidth/separation/minimum.py",
     "if float(near.upper.min()) <= guess:", "if True:", ("tests/separation/test_separation.py",)),
    ("balls: products in single precision are believed", "src/logwidth/separation/balls.py", "0.0) + 2.0 * error", "0.0)", GAPS),
    ("balls: both blocks go as far as the first", "src/logwidth/separation/balls.py",
     "self.towards[:, number].astype", "self.towards[number].astype", GAPS),
    ("tiles: rows are seen as far as the first block's bounds", "src/logwidth/separation/tile.py", "limit = max(within)",
     "limit = within[0]", GAPS),
    ("tiles: a block is seen from its centre", "src/logwidth/separation/balls.py", "self.centres[b] @ v) - far_b", "self.centres[b] @ v)",
     GAPS),
    ("separation: samples far from some others are far from all", "src/logwidth/separation/minimum.py", "(apart + apart.min())",
     "(apart + apart.max())", ("tests/separation/test_separation.py",)),
    ("check: the stated separation is the least that is looked for", f"{CERTIFY}/runs/check.py", "lower <= delta <= upper)", "True)",
     ("tests/certify/test_check.py",)),
    ("sketch: the defect of the directions is forgotten", "src/logwidth/separation/sketch.py", "return cls(Q, defect * (1.0 + 2.0**-20) +",
     "return cls(Q, 0.0 * defect +", SKETCH),
    ("sketch: the radicand is believed", "src/logwidth/separation/sketch.py", "norm + rest *", "norm + 0.0 * rest *", SKETCH),
    ("sketch: products in single precision are believed", "src/logwidth/separation/table.py", "gamma * reach * reach",
     "0.0 * gamma * reach * reach", SKETCH),
    ("sketch: conversions are forgotten", "src/logwidth/separation/table.py", "error + norm * BINARY32.unit", "error + 0.0 * norm", SKETCH),
    ("sketch: a bound from below serves from above", "src/logwidth/separation/sieve.py",
     "self._sieve.whole.differences(", "self._sieve.coarse.differences(", SKETCH),
    ("sketch: rows of one group share their least limit", "src/logwidth/separation/sieve.py", "row_limit[GROUP - 1 :: GROUP, None]",
     "row_limit[::GROUP, None]", SKETCH),
    ("sieve of leads: products are believed", f"{CERTIFY}/leads/lead_sieve.py", "return np.asarray((gamma_upper(m + 14, BINARY32.unit)",
     "return np.asarray((0.0 * gamma_upper(m + 14, BINARY32.unit)", SIEVE),
    ("sieve of leads: the tangent is too flat", f"{CERTIFY}/leads/lead_sieve.py", "beta = rate * (1.0 + ETA) / (2.0 * t)",
     "beta = rate * (1.0 + ETA) / (2.5 * t)", SIEVE),
    ("sieve of leads: the tangent lies too low", f"{CERTIFY}/leads/lead_sieve.py", "constant = offset - own - tangent - error",
     "constant = offset - own - 0.5 * tangent - error", SIEVE),
    ("sieve of leads: what the lead must pay is forgotten", f"{CERTIFY}/leads/lead_sieve.py", "(required * SLOP * SLOP + self.score_error)",
     "(0.0 * required)", SIEVE),
]  # fmt: skip


def verdict(mutant: Mutant, words: str = "", before: Mapping[str, str] = NOTHING) -> dict[str, object]:
    name, path, text, replacement, tests = mutant
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        for part in ("src", "tests", "tools"):
            shutil.copytree(ROOT / part, Path(folder) / part)
        for part in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / part, folder)
        target = Path(folder) / path
        source = target.read_text()
        if text not in source:
            return {"mutant": name, "file": path, "outcome": "the text is gone: list another fault"}
        target.write_text(source.replace(text, replacement, 1))
        outcome, by = _tested(folder, [before[name]]) if name in before else ("survived", None)
        if outcome != "caught":
            present = [t for t in tests if not t.endswith(".py") or (Path(folder) / t).exists()]
            outcome, by = _tested(folder, [*present, *(["-k", words] if words else [])])
    return {"mutant": name, "file": path, "outcome": outcome, "by": by, "seconds": round(time.perf_counter() - started, 1)}


def _tested(folder: str, tests: Sequence[str]) -> tuple[str, str | None]:
    """The outcome of these tests, and the first that fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(Path(folder) / "src"), "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return "timed out", None
    lines = [line.split(" ", 1)[1] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    outcome = {0: "survived", 1: "caught"}.get(done.returncode, f"pytest ended with {done.returncode}")
    return outcome, lines[0].split(" - ")[0] if lines else None


def _known(path: Path | None) -> dict[str, str]:
    """Per mutant the test that caught it in an earlier run."""
    lines = [] if path is None else [json.loads(line) for line in path.read_text().splitlines()]
    return {line["mutant"]: line["by"].removeprefix("FAILED ").split(" - ")[0] for line in lines if line.get("by")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose name starts with this")
    parser.add_argument("--words", default="", help="only those of their tests, in the words of pytest -k")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--before", type=Path, help="output of an earlier run")
    parser.add_argument("--untried", action="store_true", help="only mutants that the earlier run did not catch")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    known = _known(options.before)
    chosen = [m for m in MUTANTS if m[0].startswith(options.only) and not (options.untried and m[0] in known)]
    lines = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for line in pool.map(partial(verdict, words=options.words, before=known), chosen):
            lines.append(line)
            print(json.dumps(line), flush=True)
    caught = sum(line["outcome"] == "caught" for line in lines)
    lines.append({"mutants": len(lines), "caught": caught, "score": caught / max(len(chosen), 1)})
    print(json.dumps(lines[-1]))
    if options.out is not None:
        options.out.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
