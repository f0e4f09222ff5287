"""Marabou, from PyPI, and auto_LiRPA's bounds (an extra; from its repository, PyPI's release is too old)."""

import importlib.util
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from logwidth.errors import InputError, MissingExtraError
from logwidth.verifiers.command import run_command
from logwidth.verifiers.query import input_set, label_of
from logwidth.verifiers.replay import of_pattern

INPUT = re.compile(r"^\s*x(\d+) = ([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*$", re.MULTILINE)


class AutoLirpa:
    """'ibp', 'crown-ibp' or 'crown': says `unsat` when all differences of scores have positive lower bounds, else 'unknown'.

    Its bounds are computed in float32 without regard to rounding.
    """

    METHODS = ("ibp", "crown-ibp", "crown")

    def __init__(self, method: str) -> None:
        try:
            import auto_LiRPA
            import torch
        except ImportError as problem:
            raise InputError(f"auto_LiRPA or torch is not installed ({problem}); see docs/benchmarks.md") from problem
        self.method, self.torch, self.lirpa = (
            {"crown": "CROWN", "ibp": "IBP", "crown-ibp": "CROWN-IBP"}[method],
            torch,
            auto_LiRPA,
        )

    def __call__(self, onnx: Path | str, vnnlib: Path, limit: float) -> tuple[str, str | None]:
        """Bound the differences on one box; the time limit is not used."""
        del limit
        if isinstance(onnx, str):
            raise InputError(f"these bounds are about one network, not {onnx}")
        torch = self.torch
        box = input_set(vnnlib)
        if box is None:
            return "error", None
        lower, upper = (torch.tensor([[side[k] for side in box]], dtype=torch.float32) for k in (0, 1))
        model = self._model(onnx)
        bounded = self.lirpa.BoundedModule(model, (lower + upper) / 2, device="cpu")
        shape = self.lirpa.PerturbationLpNorm(norm=np.inf, x_L=lower, x_U=upper)
        label, count = label_of(vnnlib), model[-1].out_features
        rows = torch.eye(count)[label][None, :] - torch.eye(count)[[c for c in range(count) if c != label]]
        point = self.lirpa.BoundedTensor((lower + upper) / 2, shape)
        least, _ = bounded.compute_bounds(x=(point,), method=self.method, C=rows[None], bound_upper=False)
        return ("unsat" if bool((least > 0).all()) else "unknown"), None

    def _model(self, onnx: Path) -> Any:
        """Return the network as torch modules."""
        from logwidth.certify import read_onnx

        nn, torch = self.torch.nn, self.torch
        modules: list[Any] = []
        for layer in read_onnx(onnx.read_bytes()).network.layers:
            linear = nn.Linear(layer.n_inputs, layer.n_outputs)
            linear.weight.data = torch.tensor(layer.dense())
            linear.bias.data = torch.tensor(layer.bias.copy())
            modules += [linear, nn.ReLU()]
        return nn.Sequential(*modules[:-1])


class Marabou:
    """Marabou's own command, in a process of its own: it reads ONNX and VNN-LIB 1.0 itself."""

    def __init__(self) -> None:
        if importlib.util.find_spec("maraboupy") is None:
            raise MissingExtraError("maraboupy", "verifiers")

    def __call__(self, onnx: Path | str, vnnlib: Path, limit: float) -> tuple[str, str | None]:
        """Run it on one instance; its printed inputs, rounded to six digits, are the counterexample."""
        if isinstance(onnx, str):
            raise InputError(f"Marabou reads one network, not {onnx}")
        with tempfile.TemporaryDirectory() as place:
            summary = Path(place) / "summary.txt"
            words = [sys.executable, "-W", "ignore", "-m", "maraboupy", str(onnx), str(vnnlib)]
            seconds = str(max(1, round(limit)))
            done = run_command([*words, "--timeout", seconds, "--summary-file", str(summary)], limit)
            if done is None:
                return "timeout", None
            said = summary.read_text(encoding="utf-8").split() if summary.exists() else []
        shown = of_pattern(done[0], INPUT)
        return (said[0] if said else "error"), None if shown is None else shown.text()
