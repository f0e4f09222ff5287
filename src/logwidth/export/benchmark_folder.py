"""The files of a verification benchmark: networks, witnesses, the pool of truths, and the script that writes properties."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logwidth.export import properties, property_text, property_variants
from logwidth.export.benchmark_papers import croissant
from logwidth.export.texts import template

TRACKS = tuple(f"{track}/" if track else "" for track in properties.TRACKS)
PARTS = (property_text, property_variants)


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
    text = template("benchmark.md").format(source=source, restarts=restarts, networks="\n".join(rows))
    papers = {
        "README.md": text.encode(),
        "LICENSE": template("licence.txt").encode(),
        "croissant.json": croissant(files, source),
    }
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
