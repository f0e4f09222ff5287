"""What goes with a benchmark folder: its licence, and a description in Croissant 1.0 that data catalogues read."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from logwidth.export.properties import TRACK_COLUMNS, TRACKS, TRUTH_COLUMNS

LICENCE = """BSD 3-Clause License

Copyright (c) 2026, The logwidth developers

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following
   disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
   disclaimer in the documentation and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products
   derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY,
WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF
THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

The samples around which queries are asked are those of the data set that README.md names, under its own licence.
"""
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
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(files: Mapping[str, bytes], source: str) -> bytes:
    """Return `croissant.json`: the tables of truth with their digests and columns; a function of the files alone."""
    tables = [f"{track}/truth.csv" if track else "truth.csv" for track in TRACKS]
    described = {
        "@context": CONTEXT,
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
