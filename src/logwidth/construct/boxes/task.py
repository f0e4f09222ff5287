"""What a cover by boxes is asked for."""

from dataclasses import dataclass

from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class Task:
    """Cover the samples `own` `(n, d)` and keep from `foreign` `(k, d)` at least `clear` `(d,)` in one feature each."""

    own: FloatArray
    foreign: FloatArray
    clear: FloatArray
