"""`RobustMemorizer`: the main job as a scikit-learn classifier."""

import os
import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from logwidth.certify import StoredRun
from logwidth.dataset import Dataset
from logwidth.errors import InputError, UncertifiedWarning
from logwidth.estimator.door import plain, query_points, seed_of, training_data
from logwidth.maps import PreservingMap
from logwidth.pipeline import Run, advice_in_python, memorize, undecided
from logwidth.separation import DEFAULT_RATIO
from logwidth.types import Effort, FloatArray

PASSED_ON = (
    "norm", "width", "construction", "dtype", "pieces", "lanes", "max_depth", "smallest", "fewest_bits", "bracket", "start",
    "checkpoint", "resume", "progress", "radius_per_feature", "max_weight", "reject", "onnx", "effort",
)  # fmt: skip


class RobustMemorizer(ClassifierMixin, BaseEstimator):
    """A ReLU network that is certified to give the right label on a ball around every training sample.

    `fit` compiles the data as :func:`logwidth.memorize` does; nothing is trained. On `B_p(x_i, radius)` around every
    training sample the stored network returns the label of `x_i`, proven by `certificate_`. Elsewhere it returns the label
    of a near piece, without any promise; `certified_radius` says how far the label of any row provably extends.

    There is no `predict_proba`: the network prints a label, not a probability.

    Parameters
    ----------
    ratio : float, default 0.9
        `2·radius/δ` in (0, 1), δ the smallest distance between differently labelled training samples.
    radius : float or "max", optional
        Radius σ of the balls, in the units of `X`, or "max": every sample as far as it can be proven. It replaces `ratio`.
    norm : 1, 2, "inf" or any real p ≥ 1, default 2
        In which distances and balls are measured.
    width : int, optional
        The largest width allowed.
    construction : str, optional
        Name of a construction (default: the shallowest that fits).
    dtype : "float32" or "float64", default "float32"
        The format of the network that is stored, certified and evaluated.
    pieces : "least", "cover" or "all", default "least"
        What decides: moved pieces, a cover of the samples, or every sample.
    lanes, max_depth : int, optional
        Running maxima per class; the most hidden layers.
    smallest : bool, default False
        The fewest nonzero numbers instead of the least width.
    fewest_bits : bool, default False
        Of several constructions the network whose stored numbers take the fewest bits.
    bracket : bool, default False
        Also bound the width from below: `run_.width_certificate`.
    radius_per_feature : sequence of float or "cells", optional
        In ℓ∞, by boxes: a radius a feature, or the share `ratio` of every sample's own cell of a grid.
    reject : float, optional
        Wherever all training samples are farther than this, `predict` gives None, proven by `certificate_.rejection`.
    onnx : "auto", "chain" or "scan", default "auto"
        The form of the network's file: a chain of layers, which every runtime reads, or one Scan over them.
    effort : "low", "normal" or "high", default "normal"
        How long the searches for the map and for few pieces go on.
    max_weight : float, optional
        The largest weight or bias in the network's file, such as 65504: units are scaled by powers of two.
    start : PreservingMap, optional
        A map to use if it keeps enough.
    checkpoint, resume : path, optional
        A file and a folder from which a killed `fit` goes on.
    progress : bool or callable, default False
        True shows a bar, in notebooks too; a callable gets `(stage, fraction)`.
    random_state : int, RandomState or None, default 0
        Seed of the search for the map; the same integer gives the same network.

    Attributes
    ----------
    classes_ : array (C,)
        The labels, sorted.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : array (d,)
        Names of the features, if `X` was a table whose columns are all named by text.
    run_ : Run
        All that was made; `run_.save(directory)` writes a run directory that `logwidth check` proves again.
    network_, map_, certificate_, summary_
        The parts of `run_`: stored network, linear map, certificate of the training balls, numbers.
    stored_ : StoredRun
        The run as a file would hold it, which predicts.
    data_ : Dataset
        The training data, on which certified radii of other rows rest.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = RobustMemorizer(ratio=0.5).fit(X, y)
    >>> model.score(X, y), model.certificate_.holds
    (1.0, True)
    >>> bool((model.certified_radius(X) >= model.certificate_.radius * (1 - 1e-9)).all())
    True
    """

    def __init__(  # noqa: PLR0913
        self,
        ratio: float = DEFAULT_RATIO,
        *,
        radius: float | str | None = None,
        norm: object = 2,
        width: int | None = None,
        construction: str | None = None,
        dtype: str = "float32",
        pieces: str = "least",
        lanes: int | None = None,
        max_depth: int | None = None,
        smallest: bool = False,
        fewest_bits: bool = False,
        bracket: bool = False,
        start: PreservingMap | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: str | os.PathLike[str] | None = None,
        progress: Any = False,
        radius_per_feature: Any = None,
        max_weight: float | None = None,
        onnx: str = "auto",
        reject: float | None = None,
        effort: Effort = "normal",
        random_state: Any = 0,
    ) -> None:
        self.ratio = ratio
        self.radius = radius
        self.norm = norm
        self.width = width
        self.construction = construction
        self.dtype = dtype
        self.pieces = pieces
        self.lanes = lanes
        self.max_depth = max_depth
        self.smallest = smallest
        self.fewest_bits = fewest_bits
        self.bracket = bracket
        self.start = start
        self.checkpoint = checkpoint
        self.resume = resume
        self.progress = progress
        self.radius_per_feature = radius_per_feature
        self.max_weight = max_weight
        self.onnx = onnx
        self.reject = reject
        self.effort = effort
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Build and certify the network for `X` `(N, d)` and labels `y` `(N,)`.

        Warns with UncertifiedWarning when some ball is not certified. Raises InputError, a ValueError, when the data
        cannot be memorized (equal rows with different labels, one class) or the request cannot be met.
        """
        self.data_, self.classes_ = training_data(self, X, y)
        goal: dict[str, Any] = {"ratio": self.ratio} if self.radius is None else {"radius": self.radius}
        self.run_ = memorize(
            self.data_,
            **{name: plain(value) for name, value in goal.items()},
            rng=seed_of(self.random_state),
            **{name: plain(getattr(self, name)) for name in PASSED_ON},
        )
        self.network_, self.map_ = self.run_.network, self.run_.map
        self.certificate_, self.summary_ = self.run_.certificate, self.run_.summary
        self.stored_ = StoredRun(
            self.network_, self.data_.classes, self.data_.values, self.certificate_, dict(self.summary_)
        )
        _warn_unless_certified(self.data_, self.run_)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the label whose value the stored network returns, `(n,)`; between labels the nearest one.

        In the thin region where the output is no label by the certificate's rule, the nearest is a guess: there
        `certified_radius` is 0. With `reject` a row that the network rejects gets None, in an array of objects. Raises
        InputError for rows so large that the network's output is not finite.
        """
        outputs = self._outputs(self._query(X))
        labels: NDArray[Any] = self.classes_[np.argmax(self._scores(outputs), axis=1)]
        rejected = self.stored_.none_of(outputs)
        if rejected.any():
            labels = labels.astype(object)
            labels[rejected] = None
        return labels

    def decision_function(self, X: Any) -> FloatArray:
        """Return `−|f(x) − v_c|` per class value `v_c`, `(n, C)`; for two classes `|f(x) − v_0| − |f(x) − v_1|`, `(n,)`.

        Nothing but how near the network's output is to the labels: almost everywhere the output is a label, so scores
        hardly rank rows. `certified_radius` is the better measure of confidence. Of a telescoping
        network, which prints labels to within rounding errors, f(x) is here the label itself.
        """
        scores = self._scores(self._outputs(self._query(X)))
        binary: FloatArray = scores[:, 1] - scores[:, 0]
        return binary if len(self.classes_) == 2 else scores

    def certified_radius(self, X: Any) -> FloatArray:
        """Return, per row, a radius within which the stored network provably returns the same label, `(n,)`; 0 if none.

        In the units of `X` as this estimator sees it: behind a scaler these are scaled units, and
        :func:`logwidth.radius_in_input_units` gives radii in those of the pipeline's input. That the label is the right one
        is proven for training samples only (`certificate_`).
        """
        return self.radii_of_points(self._query(X))

    def radii_of_points(self, points: FloatArray) -> FloatArray:
        """Return the certified radii of checked float64 points `(n, d)`, without a look at feature names."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.stored_.radii(points, self.stored_.class_indices(points), self.data_)

    def __repr__(self, N_CHAR_MAX: int = 250) -> str:
        text: str = super().__repr__(N_CHAR_MAX)
        return text

    def _query(self, X: Any) -> FloatArray:
        check_is_fitted(self)
        return query_points(self, X)

    def _outputs(self, points: FloatArray) -> FloatArray:
        outputs = self.stored_.outputs(points)
        lost = np.flatnonzero(~np.isfinite(outputs))
        if lost.size:
            raise InputError(
                f"{lost.size} rows, the first is row {lost[0]}, are so far out that the network's output overflows "
                f"{self.network_.dtype}; drop them or divide the features by a larger scale"
            )
        return outputs

    def _scores(self, outputs: FloatArray) -> FloatArray:
        scores: FloatArray = -np.abs(outputs[:, None] - self.data_.values[None, :])
        return scores


def _warn_unless_certified(data: Dataset, run: Run) -> None:
    if not run.certificate.holds:
        warnings.warn(f"{undecided(run)}; {advice_in_python(data, run)}", UncertifiedWarning, stacklevel=3)
