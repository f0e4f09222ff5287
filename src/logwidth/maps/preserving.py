"""The value that this room hands on: a linear map with what it provably keeps."""

from dataclasses import dataclass

from logwidth.display import OneLine, down
from logwidth.errors import InputError
from logwidth.norms import norm_name
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class PreservingMap(OneLine):
    """A linear map `T` of full row rank and proven bounds on what it keeps of the separation.

    `matrix` has shape (k, d), float64, read-only; for p = 2 its rows are orthonormal up to rounding.
    `distance_lower ≤ min_ij min{‖v‖_p : T v = T u_ij}` over all opposite pairs (Fact 1 of docs/theory.md): `T`
    (σ,p)-preserves the data for every `2σ < distance_lower`. `ratio_lower ≤ min(1, distance_lower / δ)` is the
    same in units of the separation: every ratio `ρ = 2σ/δ < ratio_lower` is preserved. Both are proven for the
    stored matrix and rounded down. `method` says how the matrix was found; nothing rests on it.

    `image_norm` is an exponent r for which opposite images lie `distance_lower` apart in ℓr and `‖T‖_{p→r} ≤ 1` up to
    rounding; None where no such r is known (a construction then cannot use the images).

    Made by :func:`logwidth.maps.check_map`, the only place where the numbers are computed.
    """

    matrix: FloatArray
    norm: float
    distance_lower: float
    ratio_lower: float
    method: str
    image_norm: float | None = None

    @property
    def rank(self) -> int:
        """Number of rows k."""
        return int(self.matrix.shape[0])

    @property
    def n_features(self) -> int:
        """Number of columns d."""
        return int(self.matrix.shape[1])

    def _line(self) -> list[str]:
        kept = f"keeps {down(self.ratio_lower)} of δ"
        return [f"rank {self.rank} of {self.n_features} features", f"{kept} in l{norm_name(self.norm)}", f"by {self.method}"]


class NoMapError(InputError):
    """No map within a rank was found that keeps a ratio; `best` is the one that keeps most of those looked at."""

    def __init__(self, rank: int, ratio: float, best: PreservingMap) -> None:
        super().__init__(
            f"no map of rank {rank} or less was found that keeps the ratio {ratio:.6g} in norm {norm_name(best.norm)}; "
            "the best one keeps "
            f"{best.ratio_lower:.6g} at rank {best.rank}: ask for less, or allow a larger rank"
        )
        self.best = best
