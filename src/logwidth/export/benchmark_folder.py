"""The files of a verification benchmark: networks, witnesses, the pool of truths, scripts and texts."""

import hashlib
import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logwidth.export import properties, property_text, property_variants
from logwidth.export.properties import TRACK_COLUMNS, TRACKS, TRUTH_COLUMNS
from logwidth.export.texts import template

MEANINGS = {
    "onnx": "network, two of them joined by + where the query compares them",
    "vnnlib": "query, a file of this name in vnnlib/",
    "answer": "sat: some input of the set violates; unsat: none does",
    "certified_radius": "radius around the sample on which the label is proven",
    "epsilon": "half-width of the box or radius of the ball",
    "witness": "file with an input that violates, for sat",
    "margin": "by how much the leading score exceeds the label's there",
    "norm": "inf for boxes, 2 for balls",
    "kind": "what kind of query it is",
    "closeness": "relative distance from what is proven",
    "pgd": "blind: gradient ascent found nothing",
    "sample": "row of the sample among the network's own",
    "label": "index of the label's score, or the label that is printed",
    "width": "width of the network",
    "depth": "hidden layers of the network",
    "pieces": "linear scores that the network compares",
    "format": "version of VNN-LIB",
    "type": "float32: about the network in floats; real: about its function of real numbers",
}
FOLDERS = tuple(f"{track}/" if track else "" for track in TRACKS)
PARTS = (property_text, property_variants)


def croissant(files: Mapping[str, bytes], source: str) -> bytes:
    """Return `croissant.json`: the tables of truth with their digests and columns; a function of the files alone."""
    tables = [f"{track}/truth.csv" if track else "truth.csv" for track in TRACKS]
    described = {
        "@context": json.loads(template("croissant_context.json")),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"verification-benchmark-{source}".replace(" ", "-"),
        "description": f"Networks that read {source}, queries about them in VNN-LIB, and the proven answer of each.",
        "license": "https://spdx.org/licenses/BSD-3-Clause.html",
        "version": "1.0.0",
        "datePublished": "2026-11-30",
        "isLiveDataset": False,
        "citeAs": "logwidth: narrow ReLU networks that provably memorize a data set on whole lp balls",
        "distribution": [_file(name, files[name]) for name in tables],
        "recordSet": [_records(name) for name in tables],
    }
    return (json.dumps(described, indent=1, ensure_ascii=False) + "\n").encode()


def _file(name: str, content: bytes) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": "text/csv",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _records(name: str) -> dict[str, Any]:
    """Return the columns of a table of truth."""
    columns = TRACK_COLUMNS if "/" in name else TRUTH_COLUMNS
    whole = name.removesuffix("/truth.csv").removesuffix(".csv")
    return {
        "@type": "cr:RecordSet",
        "@id": whole,
        "name": whole,
        "key": [{"@id": f"{whole}/onnx"}, {"@id": f"{whole}/vnnlib"}],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{whole}/{column}",
                "name": f"{whole}/{column}",
                "description": MEANINGS[column],
                "dataType": "sc:Text",
                "source": {"fileObject": {"@id": name}, "extract": {"column": column}},
            }
            for column in columns
        ],
    }


def benchmark_files(pool: Mapping[str, Any], networks: Sequence[bytes], source: str, restarts: int) -> dict[str, bytes]:
    """Return all files of a benchmark by their path: a function of the arguments only.

    `networks[k]` are the ONNX bytes of `pool["networks"][k]`; the properties are those of `pool["seed"]`.
    """
    content = dict(zip((network["name"] for network in pool["networks"]), networks, strict=True))
    texts = properties.files_of(dict(pool), pool["seed"])
    files = {f"{track}onnx/{name}.onnx": content[name] for track in FOLDERS for name in _used(pool, texts, track)}
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
