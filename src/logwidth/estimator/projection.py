"""`PreservingProjection`: a linear map that keeps opposite balls apart, as a scikit-learn transformer."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from logwidth.estimator.door import plain, query_points, seed_of, training_data
from logwidth.maps import search_map, smallest_rank_map
from logwidth.separation import DEFAULT_RATIO


class PreservingProjection(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A supervised linear map of low rank that provably keeps differently labelled samples apart.

    Guarantee: for `2σ < map_.distance_lower` no two points of opposite balls `B_p(x_i, σ)`, `B_p(x_j, σ)` of the training
    data have the same image. `map_.ratio_lower` says the same in units of δ. That the rank is least is heuristic.

    Parameters
    ----------
    rank : int, optional
        Number of new features; the search then keeps as much as it can. By default the least rank that keeps `ratio`.
    ratio : float, default 0.9
        `2σ/δ` in [0, 1) that is kept where `rank` is None.
    norm : 1, 2, "inf" or any real p ≥ 1, default 2
        In which the balls are measured.
    random_state : int, RandomState or None, default 0
        Seed of the search; the same integer gives the same map.

    Attributes
    ----------
    map_ : PreservingMap
        The map with what it provably keeps.
    components_ : array (rank, d)
        Its matrix, read-only.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : array (d,)
        Names of the features, if `X` was a table whose columns are all named by text.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = PreservingProjection(ratio=0.8).fit(X, y)
    >>> model.map_.ratio_lower > 0.8, model.transform(X).shape
    (True, (150, 3))
    """

    def __init__(
        self, rank: int | None = None, *, ratio: float = DEFAULT_RATIO, norm: object = 2, random_state: Any = 0
    ) -> None:
        self.rank = rank
        self.ratio = ratio
        self.norm = norm
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Search a map for `X` `(N, d)` and labels `y` `(N,)`, and check it on all opposite pairs.

        Raises InputError, a ValueError, for equal rows with different labels, one class, a rank outside `1..d`, or a
        ratio outside `[0, 1)`.
        """
        data, _ = training_data(self, X, y)
        norm, seed = plain(self.norm), seed_of(self.random_state)
        if self.rank is None:
            self.map_ = smallest_rank_map(data, plain(self.ratio), norm=norm, rng=seed)
        else:
            self.map_ = search_map(data, plain(self.rank), norm=norm, rng=seed)
        self.components_ = self.map_.matrix
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return the images of the rows of `X` `(n, d)`, shape `(n, rank)`."""
        check_is_fitted(self)
        images: NDArray[np.float64] = query_points(self, X) @ self.components_.T
        return images

    @property
    def _n_features_out(self) -> int:
        return self.map_.rank

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
