"""A run directory opened for use: labels and proven radii of new points."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.certify.balls.ball_proof import BallProof
from logwidth.certify.balls.certify import farther
from logwidth.certify.forms.balls.form import BallForm
from logwidth.certify.forms.catalogue import recognise
from logwidth.certify.forms.scaled import without_scales
from logwidth.certify.leads.requirement import Form
from logwidth.certify.onnx.chain import StoredNetwork, read_onnx
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.certify.runs.ball_reading import BallReading
from logwidth.certify.runs.box_fusion import BoxFusion
from logwidth.certify.runs.certificate import Certificate
from logwidth.certify.runs.fusion import Fusion, fuse
from logwidth.certify.runs.run_files import (
    check_digest,
    check_same_reading,
    read_certificate,
    read_file,
    read_summary,
    recorded_columns,
    reload_data,
)
from logwidth.dataset import Columns, Dataset, matched_points
from logwidth.display import Shown, down, number, summary_rows
from logwidth.errors import InputError
from logwidth.network import ReluNetwork, evaluate
from logwidth.norms import norm_name
from logwidth.rounding import check_arithmetic
from logwidth.rounding.tensors import host, lives_elsewhere
from logwidth.separation import working_bytes
from logwidth.types import FloatArray

LEAST_ROWS, TABLES = 1024, 4  # of rows that go together; of numbers per row, in double precision


@dataclass(frozen=True, eq=False, repr=False)
class StoredRun(Shown):
    """A stored network with its class names and label values, its certificate and its summary.

    `label_values` `(C,)` are the outputs that stand for the classes; `classes` their names. `columns` are those of the table
    that the features were made of. `network` takes features that were divided by their scales, if they have any; the file
    takes those that were not, where `certificate.feature_scales` says so.
    """

    network: ReluNetwork
    classes: tuple[Any, ...]
    label_values: FloatArray
    certificate: Certificate
    summary: dict[str, Any]
    columns: Columns = field(default_factory=Columns)

    def facts(self) -> list[tuple[str, str, str]]:
        """Return the rows of the table that `logwidth fit` printed."""
        return summary_rows(self.summary)

    def plot(self, ax: Any = None) -> Any:
        """Draw the certificate's radii, see :meth:`Certificate.plot`."""
        return self.certificate.plot(ax)

    def _line(self) -> list[str]:
        return run_line(self.network, self.certificate, self.summary)

    @cached_property
    def form(self) -> Form:
        """The form of the stored network; raises UnrecognisedNetworkError if it has none."""
        return recognise(self.network)

    @cached_property
    def fusion(self) -> Fusion | BoxFusion | None:
        """The network's pieces taken all at once; None where labels can only be had from the chain.

        Scaled units underflow elsewhere than those that they scale: their chain is evaluated as it is.
        """
        if self.network.unit_exponents is not None:
            return None
        try:
            return self.fuse()
        except (UnrecognisedNetworkError, UnprovableNetworkError, ArithmeticError):
            return None

    def fuse(self) -> Fusion | BoxFusion:
        """Return the network's pieces taken all at once; raises UnrecognisedNetworkError where there are none."""
        return fuse(without_scales(self.network), self.form)

    @cached_property
    def _all_at_once(self) -> Fusion | BoxFusion | BallReading | None:
        """What reads the outputs of many rows without the chain; None where there is nothing."""
        try:
            return BallReading(self.form, self.certificate.norm) if isinstance(self.form, BallForm) else self.fusion
        except (UnrecognisedNetworkError, UnprovableNetworkError, ArithmeticError):
            return None

    def outputs(self, points: ArrayLike, *, chain: bool = False) -> FloatArray:
        """Return the network's output per row of `points` `(n, d)`; where the rule is 'rounded', the label it is read as.

        All scores are taken at once where they prove the output; the chain itself is evaluated on the other rows, and with
        `chain` on all. So every output is one that the chain gives in some order of summation (docs/theory.md, section 8).
        Tensors of torch and arrays of CuPy (extra `gpu`) are multiplied where they live.

        Raises InputError when `points` does not have `d` columns.
        """
        check_arithmetic()
        if chain or not lives_elsewhere(points):
            points = np.asarray(host(points) if lives_elsewhere(points) else points, dtype=np.float64)
        if points.ndim != 2:
            return self._outputs(points, chain=chain)
        return np.concatenate([self._outputs(part, chain=chain) for part in self._parts(points)])

    def _parts(self, rows: Any) -> list[Any]:
        """Return the rows in parts, so small that values, scores and the chain's numbers fit in the working memory."""
        width = self.network.n_inputs + self.network.width + len(self.classes)
        most = max(LEAST_ROWS, working_bytes() // (8 * TABLES * width))
        return [rows[start : start + most] for start in range(0, max(len(rows), 1), most)]

    def _outputs(self, rows: Any, *, chain: bool) -> FloatArray:
        values, left = np.zeros(len(rows)), np.ones(len(rows), dtype=bool)
        if not chain and self._all_at_once is not None and len(rows):
            values, clear = self._all_at_once.read(rows)
            left = ~clear
        if left.any():
            some = host(rows)[left] if lives_elsewhere(rows) else rows[left]
            with np.errstate(over="ignore", invalid="ignore"):
                values[left] = evaluate(self.network, some)[:, 0]
        return values

    def class_indices(self, points: ArrayLike, *, chain: bool = False) -> NDArray[np.int64]:
        """Return, per row of `points` `(n, d)`, the class whose label value the network returns; −1 if it returns none.

        Between classes lies a thin region where the exact output is no label at all; far from all samples it may be the
        value that stands for none. `chain` as for `outputs`.
        """
        return self.indices_of(self.outputs(points, chain=chain))

    @property
    def none_value(self) -> float | None:
        """The output that stands for none, of a network that rejects inputs far from all samples; else None."""
        return None if self.certificate.rejection is None else self.certificate.rejection.value

    def rejected(self, X: Any, *, raw: bool | None = None) -> NDArray[np.bool_]:
        """Return which rows of `X`, `(n,)`, the network rejects: it returns the value that stands for none.

        It does so wherever the certificate's `rejection` says so, and may do so nearer to the samples, outside their balls.
        `X` and `raw` are as for :meth:`predict`, which gives None there. False throughout for other networks.
        """
        points = self._points(X, raw)
        return np.zeros(len(points), dtype=bool) if self.none_value is None else self.none_of(self.outputs(points))

    def none_of(self, outputs: FloatArray) -> NDArray[np.bool_]:
        """Return which outputs `(n,)` are the value that stands for none."""
        return np.zeros(outputs.shape, dtype=bool) if self.none_value is None else np.asarray(outputs == self.none_value)

    def indices_of(self, outputs: FloatArray) -> NDArray[np.int64]:
        """Return the classes whose label values the outputs `(n,)` are by the certificate's rule; −1 where they are none."""
        order = np.argsort(self.label_values, kind="stable")
        values = self.label_values[order]
        nearest = order[np.searchsorted((values[1:] + values[:-1]) / 2, outputs)]
        allowed = 0.0 if self.certificate.rule == "exact" else 0.25
        exact = np.abs(outputs - self.label_values[nearest]) <= allowed
        return np.where(exact, nearest, -1).astype(np.int64)

    def predict(self, X: Any, *, raw: bool | None = None, chain: bool = False) -> NDArray[Any]:
        """Return the label of each row of `X`, `(n,)`, as it was given in the data; None where the network returns none.

        `X` is a data frame like that the run was made from, whose columns are matched by name, in any order, and encoded
        and divided as those were; or an array or sparse matrix `(n, d)` with just as many columns. Where features were
        divided or encoded, `raw` says whether an array holds them before that (True) or after (False, as `Dataset.points`
        does). Labels keep their own type; only if some row is rejected (:meth:`rejected`) or lies between classes, where
        the stored network's output is no label by the certificate's rule, is the array one of objects, with None for that
        row: never a guess.

        Raises InputError for rows that cannot be read, for columns that cannot be matched, and where `raw` is missing.
        """
        indices = self.class_indices(self._points(X, raw), chain=chain)
        return self.labels_of(indices)

    def labels_of(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """Return the labels of class indices `(n,)` as they were given in the data; None for −1, among objects."""
        labels: NDArray[Any] = np.array(self.classes)
        if (indices >= 0).all():
            return labels[indices]
        every = np.empty(len(self.classes) + 1, dtype=object)
        every[:-1] = self.classes  # and None at the end, which −1 names
        return np.asarray(every[indices])

    def certified_radius(
        self,
        X: Any,
        data: Dataset | None = None,
        *,
        raw: bool | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> FloatArray:
        """Return, per row of `X`, a radius within which the network provably returns the same label; else 0.

        In the certificate's norm, in the units of `Dataset.points`: of features divided by their scales, if they have any.
        `X` and `raw` are as for :meth:`predict`. `data` are those the run was certified for (default: the
        recorded source, loaded again): radii rest on their balls. That the label is right is proven for these data only.

        Raises InputError for rows that cannot be read, and for other data.
        """
        points = self._points(X, raw)
        return self.radii(points, self.class_indices(points), data, progress=progress)

    def _points(self, X: Any, raw: bool | None) -> FloatArray:
        return matched_points(X, self.columns, self.network.n_inputs, raw=raw)

    def radii(
        self,
        points: FloatArray,
        indices: NDArray[np.int64],
        data: Dataset | None = None,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> FloatArray:
        """Return, per row, a radius of a ball on which the network provably returns the same label; 0 if none is proven.

        A row inside a ball of `data` (default: the recorded source) may get a larger radius than that ball has: as far as
        the first layer is proven not to clip and the leads reach. Outside all of them it is 0.

        Raises InputError when the data are not those of the certificate.
        """
        points = host(points) if lives_elsewhere(points) else points
        data = data if data is not None else reload_data(self.summary)
        if data.sha256 != self.certificate.data_sha256:
            raise InputError("the data are not those that the run was certified for")
        try:
            form = self.form
            proof = BallProof(form, data.points, self.certificate.radius, self.certificate.norm)
        except (UnrecognisedNetworkError, UnprovableNetworkError, ArithmeticError) as problem:
            raise InputError(f"no radius can be proven for this network: {problem}") from problem
        rows = np.flatnonzero((indices >= 0) & proof.domain.may_hold(points))  # numbers far beyond would blur all bounds
        points, values, found = points[rows], self.label_values[indices[rows]], np.zeros(len(points))
        radii = proof.radii_anywhere(points, values, progress=progress)
        ball = (self.certificate.radius, self.certificate.norm, proof.domain.reach)
        found[rows] = np.maximum(farther(form, (points, values), radii, np.flatnonzero(radii > 0), ball), 0.0)
        return found


def run_line(network: ReluNetwork, certificate: Certificate, summary: dict[str, Any]) -> list[str]:
    """Return the facts of a run that a reader wants first: data, samples certified, balls, size."""
    named, ratio = summary.get("data_name"), summary.get("ratio")
    return [
        *([str(named)] if named else []),
        f"{certificate.count(Outcome.CERTIFIED):,} of {certificate.status.size:,} samples certified",
        *([f"ratio {number(ratio)}"] if isinstance(ratio, int | float) else []),
        f"radius {down(certificate.radius)} in l{norm_name(certificate.norm)}",
        f"width {network.width:,} × depth {network.depth:,}",
        f"{certificate.form} in {network.dtype}",
    ]


def open_run(run: str | os.PathLike[str], *, altered: bool = False) -> StoredRun:
    """Return the run in the directory `run`; its certificate is read, not checked (see `check`).

    Raises InputError when a file is missing, unreadable or damaged, and where the network is not the one that the
    certificate is about: its labels would be anybody's. `altered` opens that too, for a verdict about it.
    """
    folder = Path(run)
    path = folder / "network.onnx"
    content = read_file(path)
    stored = read_onnx(content)
    certificate, summary = read_certificate(folder / "certificate.json"), read_summary(folder / "summary.json")
    if not altered:
        check_digest(path, content, certificate.network_sha256)
        check_same_reading(folder, summary, stored.metadata, certificate.network_sha256)
    return run_of_files(stored, certificate, summary, str(path))


def run_of_files(stored: StoredNetwork, certificate: Certificate, summary: dict[str, Any], name: str) -> StoredRun:
    """Return a run of what its files hold; messages call the network's file `name`.

    Raises InputError when the file does not name its classes.
    """
    try:
        classes = tuple(json.loads(stored.metadata["classes"]))
        values = np.array(json.loads(stored.metadata["label_values"]), dtype=np.float64)
    except (KeyError, ValueError, TypeError) as problem:
        raise InputError(f"{name} does not name its classes") from problem
    if values.shape != (len(classes),) or not classes:
        raise InputError(f"{name} does not give one value per class")
    return StoredRun(stored.network, classes, values, certificate, summary, recorded_columns(summary, stored.metadata))
