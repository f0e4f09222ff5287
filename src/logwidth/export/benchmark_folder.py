"""The files of a verification benchmark: networks, witnesses, the pool of truths, and the script that writes properties."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logwidth.export import properties, property_text, property_variants
from logwidth.export.benchmark_papers import LICENCE, croissant

TRACKS = tuple(f"{track}/" if track else "" for track in properties.TRACKS)
PARTS = (property_text, property_variants)

README = """# Verification benchmark with proven answers

Networks that read {source} right on balls around samples; every answer is proven, none was guessed by a tool.

| track | holds | format |
|---|---|---|
| here | boxes: `onnx/`, `vnnlib/`, `instances.csv` | VNN-LIB 1.0 |
| `2.0/` | the same boxes, each of type `float32` and, as `NAME_real`, of type `real` | 2.0 |
| `l2/` | Euclidean balls as polynomial constraints, of both types | 2.0 |
| `twins/` | boxes that floats and real numbers answer differently, and some controls | 2.0 |
| `pairs/` | two networks that print labels: is there an input where these differ? | 2.0 |
| `multi/` | several outputs at once, disjuncts that no input reaches | 1.0, `_v2` 2.0 |
| `forms/` | boxes about networks that are written with other operators: convolution, MaxPool, BatchNorm, Sub/Div … | 1.0 |
| `variants/` | a few of the boxes, written down in many ways: one truth each | both |

* `truth.csv` here (boxes and balls) and in every track: per query the answer (`unsat`: the label's score is the single
  largest one on the whole set; `sat`: it is not), the certified radius around the centre in the query's norm, the half-width
  or radius, and for `sat` the witness, an input in `witnesses/`.
* `generate_properties.py SEED`: rewrites `vnnlib/`, `instances.csv` and `truth.csv` of all tracks; needs only Python, 3.8 or
  later, and `pool.json`. Same seed, same bytes. Keep `pool.json`, `truth.csv` and `witnesses/` back to hide the answers.
* The timeouts of each `instances.csv` sum to at most six hours. `croissant.json` describes the tables, `LICENSE` the terms.

`unsat`: proven for the stored float32 weights, in real arithmetic and in float32 with any order of summation, on the set
widened by 1e-4 in every coordinate. There the label's score leads by at least 1; scores are integers below 2^24, which
float32 adds without error.
`sat`: the witness is a float32 input strictly inside the set; its other class was proven, in the same sense, on a ball
around it, and replayed in onnxruntime on the CPU. `margin` is the lead found there, again a whole number with no
rounding error.
`pgd` is a measurement: `blind` says that projected gradient ascent with {restarts} starts found no counterexample.
`kind`: `box`; `ball` (track l2); `inscribed` and `circumscribed` boxes of a ball.

`twins`: a coordinate passes a sum with a power of two, where float32 rounds it to a grid. The answer of type `real` is
proven in exact rationals: on the box widened by 1e-4 every unit keeps its sign, so that scores are affine. The answer of
type `float32` is proven for every order of summation, because each unit reads one other by a power of two; its witnesses
were replayed in onnxruntime. A tool that answers the type `float32` by reasoning in real numbers is wrong on every `twin`,
in both directions.

`pairs`: an instance names `f=onnx/A.onnx;g=onnx/B.onnx`. `fused`: a chain and one layer of scores with a maximum per
class; `disguise`: units permuted and scaled; `changed`: built with another label on one sample's ball. Equal: each network
is proven to print the label on the widened box. Different: each is proven to print its own on a ball around the witness,
and did so in onnxruntime.

`multi`: `best` asks whether another class has the largest score, `split` the plain question of two halves of the box,
`targeted` whether one class overtakes the label, or the score of class 0, which is always 0, is another number.

`forms`: the networks of the first track, first layer as a convolution (`conv`, input `[1, 1, 1, d]`; `image`, input
`[1, 1, h, w]`), behind a convolution that takes the image apart (`patches`), MatMul and Add (`matmul`), weights by columns
(`columns`), biases in batch normalisations of variance 1 (`batchnorm`), Clip, Max, LeakyRelu of slope 0 or MaxPool over each
value and 0 for Relu (`clip`, `max`, `leaky`, `maxpool`), coordinates that stay beside what changes (`residual`). A strict
reader takes each back to the certified chain, number by number; per unit it sums the same products and the same bias, for
which the answers are proven in any order. Two forms are certified from their own bytes, and have radii of their own:
`normalised` (Sub, Div by a power of two; the rounding of the difference is taken off the radius) and `maxima` (one layer of
scores, ReduceMax per class; strictly largest on the whole set, by less than 1: `margin` is 0.0 for unsat, and the lead
replayed in onnxruntime for sat).

Tools that read no polynomial constraints can be given the ball's centre and radius. For α,β-CROWN that is a data set
with the centre, and in its YAML file:

    specification:
      type: lp
      norm: 2
      epsilon: 0.5   # the radius: truth.csv, column epsilon

The networks:

| name | width | depth | pieces | outputs |
|---|---|---|---|---|
{networks}
"""


def benchmark_files(pool: Mapping[str, Any], networks: Sequence[bytes], source: str, restarts: int) -> dict[str, bytes]:
    """Return all files of a benchmark by their path: a function of the arguments only.

    `networks[k]` are the ONNX bytes of `pool["networks"][k]`; the properties are those of `pool["seed"]`.
    """
    content = dict(zip((network["name"] for network in pool["networks"]), networks, strict=True))
    texts = properties.files_of(dict(pool), pool["seed"])
    files = {f"{track}onnx/{name}.onnx": content[name] for track in TRACKS for name in _used(pool, texts, track)}
    for known in _facts(pool):
        if known["witness"]:
            files[known["witness_file"]] = witness_text(known).encode()
    files["pool.json"] = (json.dumps(pool, indent=1, allow_nan=False) + "\n").encode()
    files["generate_properties.py"] = script().encode()
    files |= {name: text.encode() for name, text in texts.items()}
    rows = [f"| {n['name']} | {n['width']} | {n['depth']} | {n['pieces']} | {n['classes']} |" for n in pool["networks"]]
    text = README.format(source=source, restarts=restarts, networks="\n".join(rows))
    papers = {"README.md": text.encode(), "LICENSE": LICENCE.encode(), "croissant.json": croissant(files, source)}
    return {**files, **papers}


def _used(pool: Mapping[str, Any], texts: Mapping[str, str], track: str) -> list[str]:
    """Return the networks of a track: all that it asks about, and in the first three those that were made for them."""
    named = re.findall(r"onnx/([^/,;]+)\.onnx", texts[f"{track}instances.csv"])
    own = [n["name"] for n in pool["networks"] if n.get("track", "") == ""]
    plain = own if track in ("", "2.0/") or (track == "l2/" and pool["balls"]) else []
    return list(dict.fromkeys([*plain, *named]))


def _facts(pool: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield everything that may have a witness."""
    for centre in pool["centres"]:
        yield from (centre, centre["l2"])
    yield from (*pool.get("twins", ()), *pool.get("pairs", ()))


def script() -> str:
    """Return the script that writes the properties: the modules that it is made of, one after the other."""
    main = inspect.getsource(properties)
    head, body = main.split("from __future__ import annotations\n", 1)
    parts = [inspect.getsource(module).split("from __future__ import annotations\n", 1)[1] for module in PARTS]
    inner = re.compile(r"^from logwidth\.[\w.]+ import (?:\([^)]*\)|[^\n]*)\n", re.MULTILINE)
    return head + "from __future__ import annotations\n" + "".join(inner.sub("", part) for part in (*parts, body))


def witness_text(known: Mapping[str, Any]) -> str:
    """Return a counterexample as scorers read it: one s-expression of inputs and outputs."""
    lines = [f"(X_{i} {property_text.decimal(v)})" for i, v in enumerate(known["witness"])]
    lines += [f"(Y_{c} {property_text.decimal(v)})" for c, v in enumerate(known["scores"])]
    return "(" + "\n ".join(lines) + ")\n"
