"""ncnn (extra `ncnn`): its own two files, InnerProduct layers with weights in float32."""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwidth.network import ReluNetwork
from logwidth.runtimes.runtime import Evaluator, Rows, Runtime, Settings, in_float32, known_settings, required, switched_on

KNOWN = tuple(f"use_{kind}" for kind in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_packed", "bf16_storage"))


def ncnn_runtime(settings: Settings) -> Runtime:
    """Return ncnn on the CPU, one thread; its settings are the switches of `Net.opt` by name, 1 or 0."""
    ncnn = required("ncnn", "ncnn")
    known_settings("ncnn", settings, KNOWN)

    def opened(content: bytes) -> Evaluator:
        network = in_float32("ncnn", content)
        net = ncnn.Net()
        net.opt.num_threads = 1
        for name in settings:
            setattr(net.opt, name, switched_on(settings, name, default=False))
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "n.param").write_text(_graph(network))
            (place / "n.bin").write_bytes(_weights(network))
            net.load_param(str(place / "n.param"))
            net.load_model(str(place / "n.bin"))
        last = f"a{len(network.layers)}"

        def evaluate(rows: Rows) -> NDArray[np.generic]:
            found = []
            for row in rows:
                with net.create_extractor() as extractor:
                    extractor.input("x", ncnn.Mat(np.array(row)).clone())
                    found.append(np.array(extractor.extract(last)[1]))
            return np.array(found)

        return evaluate

    return Runtime("ncnn", str(getattr(ncnn, "__version__", "unknown")), opened, settings)


def _graph(network: ReluNetwork) -> str:
    """Return the text of ncnn's `.param` file: `InnerProduct` layers, all but the last with a ReLU of their own (9=1)."""
    lines, before = ["Input x 0 1 x"], "x"
    for number, layer in enumerate(network.layers, start=1):
        ending = "" if number == len(network.layers) else " 9=1"
        size = layer.n_outputs * layer.n_inputs
        lines.append(f"InnerProduct l{number} 1 1 {before} a{number} 0={layer.n_outputs} 1=1 2={size}{ending}")
        before = f"a{number}"
    return "\n".join(["7767517", f"{len(lines)} {len(lines)}", *lines, ""])


def _weights(network: ReluNetwork) -> bytes:
    """Return ncnn's `.bin` file: per layer a tag 0 (float32), the weights row by row, and the biases."""
    parts = []
    for layer in network.layers:
        parts += [bytes(4), layer.dense().astype("<f4").tobytes(), layer.bias.astype("<f4").tobytes()]
    return b"".join(parts)
