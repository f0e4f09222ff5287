"""A device that multiplies: where torch's or CuPy's arrays live, chosen for the block of :func:`device_of` (extra `gpu`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from numpy.typing import NDArray

from logwidth.compute.executor import cluster_in_use
from logwidth.errors import InputError, MissingExtraError, said
from logwidth.rounding.tensors import check_rounding, lives_elsewhere, namespace


@dataclass(frozen=True)
class Device:
    """A place where arrays live, and the functions `xp` of the array API standard that compute there."""

    xp: Any
    place: Any

    def put(self, array: NDArray[Any]) -> Any:
        """Return an array there, which on a processor may share its memory."""
        return self.xp.asarray(array, device=self.place)


_in_use: ContextVar[Device | None] = ContextVar("where tiles are multiplied", default=None)


def device_in_use() -> Device | None:
    """Return where tiles are to be multiplied, None for this machine's processor."""
    return _in_use.get()


@contextmanager
def device_of(like: object = None) -> Iterator[None]:
    """Multiply the tiles of ℓ2 separations and of checks of maps on a device, inside this block; None changes nothing.

    `like` is a torch tensor or a CuPy array that lives there, or names it: "cupy" for CuPy's current device, else a device
    of torch, such as "cuda", "cuda:1" or "cpu".

    Guarantee: the same results bit by bit. A device only says which pairs may be nearest, with the proven error bound of
    float32 products in any order of summation; those are computed again on the processor, by differences in float64.
    Raises InputError for a device that is not there or rounds more coarsely than float32 (TF32, bfloat16, flush to zero),
    and together with :func:`cluster_of`; MissingExtraError without torch, CuPy or the extra `gpu`.

    >>> with device_of(None):
    ...     pass
    """
    if like is None:
        yield
        return
    if cluster_in_use():
        raise InputError("the workers of a cluster multiply on their processors: give either a device or workers")
    array = like if lives_elsewhere(like) else _array_at(like)
    device = Device(namespace(array), array.device)
    with failing_clearly():
        check_rounding(device.xp, device.xp.float32, device.place)
    token = _in_use.set(device)
    try:
        yield
    finally:
        _in_use.reset(token)


def _array_at(name: object) -> Any:
    """Return an array on the device of this name."""
    if not isinstance(name, str):
        raise InputError(f"a device is named by a torch tensor, a CuPy array or a word such as 'cuda', not {name!r}")
    library = "cupy" if name == "cupy" else "torch"
    try:
        found = import_module(library)
    except ImportError:
        if library == "cupy":
            raise InputError("there is no CuPy here; install the one for your CUDA, or name a device of torch") from None
        raise MissingExtraError("torch", "torch") from None
    try:
        return found.zeros(1) if library == "cupy" else found.zeros(1, device=name)
    except (RuntimeError, AssertionError, ValueError) as problem:
        raise InputError(f"there is no device {name!r} here ({said(problem)}); try 'cuda', 'cupy' or 'cpu'") from None


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn what a device's library raises, running out of memory above all, into an InputError."""
    try:
        yield
    except (RuntimeError, MemoryError) as problem:  # torch's and CuPy's are
        raise InputError(f"the device gave up: {said(problem)}; compute without it, or on one with more memory") from problem
