"""Counterexamples, read and replayed as scorers do: cast to float32, inputs within 1e-4 of the set, outputs as they come."""

from dataclasses import dataclass
from pathlib import Path

from logwidth.errors import InputError, said
from logwidth.truth import Replay
from logwidth.verifiers.counterexample import counterexample
from logwidth.verifiers.files import content_of, text_of
from logwidth.verifiers.query import allowed_inputs

Truth = dict[str, str]


@dataclass(frozen=True)
class Finding:
    """What a counterexample is worth: `confirmed` if it violates; `read` if it could be read at all; `reason` if not."""

    confirmed: bool
    read: bool = True
    reason: str = ""


class Replays:
    """The counterexamples of a benchmark folder's instances, replayed on its networks, each of which is opened once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.networks: dict[str, Replay] = {}

    def __call__(self, path: Path, row: Truth) -> Finding:
        """Return what the counterexample of a file is worth for the instance of a row of `truth.csv`.

        Raises InputError when the benchmark folder itself cannot be read.
        """
        kind = "l2/vnnlib" if row["kind"] == "ball" else "vnnlib"
        allowed = allowed_inputs(self.folder / kind / f"{row['vnnlib']}.vnnlib")
        network = self._network(row["onnx"])
        try:
            shown = counterexample(text_of(path), allowed.size, (network.name,))
        except InputError as problem:
            return Finding(False, False, said(problem))
        if not all(abs(x) < float("inf") for x in shown.inputs):
            return Finding(False, True, "an input is not finite in float32")
        if not allowed.near(shown.inputs):
            return Finding(False, True, "the input lies more than 1e-4 outside the set")
        scores, label = network(shown.as_array()), int(row["label"])
        if not (scores >= scores[label]).sum() > 1:
            return Finding(False, True, f"class {label} has the single largest score there")
        return Finding(True)

    def _network(self, name: str) -> Replay:
        if name not in self.networks:
            self.networks[name] = Replay(content_of(self.folder / "onnx" / f"{name}.onnx"))
        return self.networks[name]
