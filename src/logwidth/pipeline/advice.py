"""What to try where a network was not certified: one wording for the command line, the library's errors and its warnings."""

from logwidth.dataset import Dataset
from logwidth.separation import Blur, Goal, Separation, blurred

FORMATS = ("float32", "float64")
DOUBLE = "fit in double precision (--dtype float64)"


def beyond_float32(data: Dataset, sep: Separation, goal: Goal) -> str:
    """Return what stands against a goal in float32, if the data lie too far from zero for it, and what to try."""
    blur = blurred(data, sep, goal, "float32")
    return f"try a smaller --ratio, or {DOUBLE}" if blur is None else far_from_zero(blur, "float32")


def far_from_zero(blur: Blur, dtype: str) -> str:
    """Return what the rounding of inputs leaves of data far from zero, and what to try.

    >>> far_from_zero(Blur(True, "feature 0", 1e8, 1.0, 8.0, 1e8), "float32").split(":")[0]
    'feature 0 lies near 1e+08 with a spread of 1, and float32 holds it in steps of 8'
    """
    why = (
        "inputs of balls with different labels are rounded to the same numbers"
        if blur.surely
        else "the rounding of inputs takes the room between the balls"
    )
    wider = f", or {DOUBLE}" if dtype == "float32" else ""
    return (
        f"{blur.feature} lies near {blur.middle:.3g} with a spread of {blur.spread:.2g}, and {dtype} holds it in steps of "
        f"{blur.step:.2g}: {why}; subtract {blur.middle:.3g} from it before use{wider}"
    )
