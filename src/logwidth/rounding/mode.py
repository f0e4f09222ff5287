"""What every bound supposes of the arithmetic: it rounds to nearest and keeps subnormal numbers."""

from logwidth.errors import InputError

ONE, HALF_ABOVE, HALF_BELOW = 1.0, 2.0**-53, 2.0**-54  # half of what lies between 1 and its neighbours: ties, to even
LEAST_NORMAL, HALF, LARGE = 2.0**-1022, 0.5, 2.0**60


def check_arithmetic() -> None:
    """Raise InputError unless this thread rounds to nearest, ties to even, and keeps subnormal numbers.

    Any library may change both, and threads that start later inherit it: importing codac 2.1.2 leaves the process rounding
    upward, `torch.set_flush_denormal(True)` and libraries built with `-ffast-math` flush subnormal numbers to zero. Then
    :func:`up` and γ_n bound nothing. Operands are names, since constants are folded when a file is compiled.
    """
    if ONE + HALF_ABOVE != ONE or ONE - HALF_BELOW != ONE:
        raise InputError(
            "this process does not round floats to nearest, as every proof here supposes; a library that it has loaded "
            "changed that (codac does): do this work in a process without it"
        )
    if LEAST_NORMAL * HALF * LARGE != LEAST_NORMAL * LARGE * HALF:
        raise InputError(
            "this process flushes tiny floats to zero, against what every proof here supposes; call "
            "torch.set_flush_denormal(False), or do this work without the library that was built with -ffast-math"
        )
