"""The whole curve, ratio against rank, from both sides; with a folder that keeps what was found."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from logwidth.compute.step_cache import Arrays, Codec, StepCache
from logwidth.compute.threads import one_thread_each
from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.display import Fields, OneLine, Rows, axes_or_new, down, draw_curve, shown, up
from logwidth.errors import InputError
from logwidth.maps import PreservingMap, check_map, pca_map, random_map, search_map, trace_search
from logwidth.norms import norm_name, parse_norm
from logwidth.pipeline.curve_store import CurveStore
from logwidth.pipeline.lower import RankBound, ceiling_certificate, closer_ceiling, excluded_ratio
from logwidth.separation import Separation, separation
from logwidth.theory import paper_ratio_possible
from logwidth.types import FloatArray, IntArray, Progress, silent

LEAST_EXTRA = 2
Start = tuple[IntArray, FloatArray]


@dataclass(frozen=True, eq=False, repr=False)
class CurveRow(OneLine, Fields):
    """What a map of one rank keeps: `ratio_lower` of the map found, `ratio_upper` at most, and what other maps keep.

    `random`, `pca` and `paper` are None for norms other than ℓ2.
    """

    width: int
    map_rank: int
    norm: str
    ratio_lower: float
    ratio_upper: float
    random: float | None
    pca: float | None
    paper: float | None

    def _line(self) -> list[str]:
        return [f"rank {self.map_rank}", f"keeps {down(self.ratio_lower)}", f"at most {up(self.ratio_upper)}"]


class Curve(Rows[CurveRow]):
    """The rows of :func:`ratio_curve`, one per rank, each also a mapping of plain numbers; they print in one line."""

    def facts(self) -> list[tuple[str, ...]]:
        """Return, per rank, the ratio found from below and its ceiling, and those of other maps, as rows of text."""
        head = ("rank", "width", "found", "ceiling", "random", "PCA", "the paper")
        return [
            head,
            *(
                (
                    str(row.map_rank),
                    str(row.width),
                    down(row.ratio_lower),
                    up(row.ratio_upper),
                    *("–" if row[key] is None else down(row[key]) for key in ("random", "pca", "paper")),
                )
                for row in self
            ),
        ]

    def plot(self, ax: Any = None) -> Any:
        """Draw ratio against rank, from both sides, into `ax` or new axes; return them (extra `plot`)."""
        return draw_curve(axes_or_new(ax, 7.0, 4.5), self)

    def _line(self) -> list[str]:
        ranks = [row.map_rank for row in self]
        ends = [f"ranks {min(ranks)} to {max(ranks)}"] if ranks else []
        return [f"{len(self)} rows", *ends, *(f"l{name}" for name in sorted({row.norm for row in self}))]


@of_data
def ratio_curve(
    data: Dataset,
    ranks: Sequence[int],
    *,
    norm: object = 2,
    rng: int = 0,
    progress: Progress | bool | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Curve:
    """Return, per rank, the ratio found from below and its ceiling, beside random and PCA maps and the paper's promise.

    `ratio_lower` is proven for the map found, `ratio_upper` by a certificate (T2, T19); `random` and `pca` are
    proven for these maps; `paper` is Theorem 4.4 at width `rank + 6`; these three are None
    for norms other than ℓ2. Networks of this library at rank k have width
    `k + 2`.

    `out` names a folder for the evidence, see :class:`CurveStore`: per rank the map and the certificate of its ceiling.
    Called again with the same arguments, a curve that was killed goes on where it stopped: what the folder holds is
    checked afresh against the data, not searched again.

    `data` is a Dataset, or points and labels: `ratio_curve(X, y, ranks)`. `progress=True` shows a bar.

    Raises InputError for ranks outside 1…d, and for a folder that belongs to another curve or is damaged.
    """
    wrong = [rank for rank in ranks if not 1 <= rank <= data.n_features]
    if wrong:
        raise InputError(f"ranks must be between 1 and the number of features, {data.n_features}, not {wrong[0]}")
    p = parse_norm(norm)
    request = {"data_sha256": data.sha256, "norm": norm_name(p), "seed": rng}
    store = None if out is None else CurveStore.at(out, request)
    with shown(progress) as bar, one_thread_each():
        report = bar or silent
        sep = separation(data, norm=p, progress=lambda fraction: report("separation", fraction))
        steps = StepCache(None) if store is None else store.steps(request.values, report)
        work = _Work(data, sep, rng, report, store, steps)
        rows: list[CurveRow] = []
        last: PreservingMap | None = None
        for number, rank in enumerate(ranks):
            last, upper = work.bracket(rank, last)
            width = rank + LEAST_EXTRA
            rows.append(CurveRow(width, rank, norm_name(p), last.ratio_lower, upper, *work.peers(rank)))
            report("ranks", (number + 1) / len(ranks))
        steps.close()
        return Curve(tuple(rows))


@dataclass(frozen=True, eq=False)
class _Work:
    """What the ranks of a curve share; the search at each starts from the map before."""

    data: Dataset
    sep: Separation
    rng: int
    progress: Progress
    store: CurveStore | None
    steps: StepCache

    def bracket(self, rank: int, last: PreservingMap | None) -> tuple[PreservingMap, float]:
        """Return a map of a rank, and a ratio that no map of this rank keeps."""
        found, start = self._kept_map(rank) or self._search(rank, last)
        upper = 1.0
        if rank < self.data.n_features:
            upper = excluded_ratio(self._ceiling(rank, start, found.ratio_lower), self.sep)
        self.steps.forget(_name(rank))
        return found, upper

    def peers(self, rank: int) -> tuple[float | None, float | None, float | None]:
        """Return what a random map and the PCA map of a rank keep, and what the paper promises; None but in ℓ2."""
        if self.sep.norm != 2.0:
            return None, None, None
        return (
            random_map(self.data, rank, rng=self.rng, separation=self.sep).ratio_lower,
            pca_map(self.data, rank, separation=self.sep).ratio_lower,
            paper_ratio_possible(self.data.n_samples, self.data.n_features, rank + 6),
        )

    def _kept_map(self, rank: int) -> tuple[PreservingMap, None] | None:
        matrix = None if self.store is None else self.store.map_of(rank, self.data.n_features)
        return None if matrix is None else (self._checked(rank, matrix), None)

    def _checked(self, rank: int, matrix: FloatArray) -> PreservingMap:
        self.progress(f"rank {rank}, check of all pairs", 0.0)
        return check_map(self.data, matrix, norm=self.sep.norm, method="search", separation=self.sep)

    def _search(self, rank: int, last: PreservingMap | None) -> tuple[PreservingMap, Start | None]:
        """Return the map that a search finds, with the pairs and weights that it ends with; the map is kept."""
        found, start = self._traced(rank, last)
        if self.store is not None:
            self.store.keep_map(rank, found.matrix)
        return found, start

    def _traced(self, rank: int, last: PreservingMap | None) -> tuple[PreservingMap, Start | None]:
        data, norm, sep = self.data, self.sep.norm, self.sep
        if norm != 2.0:
            return search_map(data, rank, norm=norm, rng=self.rng, separation=sep, progress=self.progress), None

        def traced() -> tuple[PreservingMap, Start]:
            trace = trace_search(
                data, rank, norm, self.rng, separation=sep, start=last, progress=self.progress, checkpoint=self.steps
            )
            return trace.map, (trace.pairs, trace.weights)

        def again(kept: Arrays) -> tuple[PreservingMap, Start]:
            return self._checked(rank, kept["matrix"]), (kept["pairs"], kept["weights"])

        codec = Codec[tuple[PreservingMap, Start]](
            lambda trace: {"matrix": trace[0].matrix, "pairs": trace[1][0], "weights": trace[1][1]}, again
        )
        return self.steps.recall(_name(rank), traced, codec)

    def _ceiling(self, rank: int, start: Start | None, kept_ratio: float) -> RankBound:
        kept = None if self.store is None else self.store.ceiling_of(rank, self.data, self.sep)
        if kept is not None:
            return kept
        weighted = ceiling_certificate(self.data, rank, self.sep, start=start, progress=self.progress)
        found = closer_ceiling(self.data, weighted, kept_ratio, self.sep)
        if self.store is not None:
            self.store.keep_ceiling(rank, found)
        return found


def _name(rank: int) -> str:
    return f"map of rank {rank}"
