"""What goes with a benchmark folder: a description in Croissant 1.0 that data catalogues read."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

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
