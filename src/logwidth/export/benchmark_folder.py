"""The files of a verification benchmark: networks, witnesses, the pool of truths, and the script that writes properties."""

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

from logwidth.export import properties

TRACKS = ("", "2.0/", "l2/")

README = """# Verification benchmark with proven answers

Networks that read {source} right on balls around samples; every answer is proven, none was guessed by a tool.

* `onnx/`, `vnnlib/`, `instances.csv`: the regular track, VNN-LIB 1.0. `2.0/`: the same queries in VNN-LIB 2.0.
  `l2/`: Euclidean balls as polynomial constraints in VNN-LIB 2.0.
* `truth.csv`: per query the answer (`unsat`: the label's score is the single largest one on the whole set; `sat`: it is
  not), the certified radius around the centre in the query's norm, the half-width or radius, and for `sat` the witness.
* `generate_properties.py SEED`: rewrites `vnnlib/`, `instances.csv` and `truth.csv` of all tracks; needs only Python
  and `pool.json`. Same seed, same bytes. Keep `pool.json`, `truth.csv` and `witnesses/` back to hide the answers.

`unsat`: proven for the stored float32 weights, in real arithmetic and in float32 with any order of summation, on the set
widened by 1e-4 in every coordinate. There the label's score leads by at least 1; scores are integers below 2^24, which
float32 adds without error.
`sat`: the witness is a float32 input strictly inside the set; its other class was proven, in the same sense, on a ball
around it, and replayed in onnxruntime on the CPU. `margin` is the lead found there, again a whole number with no
rounding error.
`pgd` is a measurement: `blind` says that projected gradient ascent with {restarts} starts found no counterexample.
`kind`: `box`; `ball` (track l2); `inscribed` and `circumscribed` boxes of a ball.

Tools that read no polynomial constraints can be given the ball's centre and radius. For α,β-CROWN that is a data set
with the centre, and in its YAML file:

    specification:
      type: lp
      norm: 2
      epsilon: 0.5   # the radius: truth.csv, column epsilon

The networks:

| name | width | depth | pieces | classes |
|---|---|---|---|---|
{networks}
"""


def benchmark_files(pool: Mapping[str, Any], networks: Sequence[bytes], source: str, restarts: int) -> dict[str, bytes]:
    """Return all files of a benchmark by their path: a function of the arguments only.

    `networks[k]` are the ONNX bytes of `pool["networks"][k]`; the properties are those of `pool["seed"]`.
    """
    names = [network["name"] for network in pool["networks"]]
    files = {
        f"{track}onnx/{name}.onnx": content
        for track in TRACKS
        for name, content in zip(names, networks, strict=True)
        if track != "l2/" or pool["balls"]
    }
    for centre in pool["centres"]:
        for known in (centre, centre["l2"]):
            if known["witness"]:
                files[known["witness_file"]] = witness_text(known).encode()
    files["pool.json"] = (json.dumps(pool, indent=1, allow_nan=False) + "\n").encode()
    files["generate_properties.py"] = inspect.getsource(properties).encode()
    files |= {name: text.encode() for name, text in properties.files_of(dict(pool), pool["seed"]).items()}
    rows = [f"| {n['name']} | {n['width']} | {n['depth']} | {n['pieces']} | {n['classes']} |" for n in pool["networks"]]
    text = README.format(source=source, restarts=restarts, networks="\n".join(rows))
    return {**files, "README.md": text.encode()}


def witness_text(known: Mapping[str, Any]) -> str:
    """Return a counterexample as scorers read it: one s-expression of inputs and outputs."""
    lines = [f"(X_{i} {properties.decimal(v)})" for i, v in enumerate(known["witness"])]
    lines += [f"(Y_{c} {properties.decimal(v)})" for c, v in enumerate(known["scores"])]
    return "(" + "\n ".join(lines) + ")\n"
