"""Values on their way between processes, whose arrays arrive aligned as numpy would have put them."""

import pickle
from collections.abc import Callable
from typing import Any, Generic, SupportsIndex, TypeVar

import numpy as np

Value = TypeVar("Value")
SMALL = 2**14  # bytes of an array that costs less to copy than to send by itself


class AlignedPickle(Generic[Value]):
    """A value whose large arrays are sent without a copy and copied into fresh memory where the value is asked for.

    Received where a stream happened to put them, arrays may lie across the boundaries of their numbers; numpy then takes
    other loops, which round differently in the last bit. A scheduler that only passes it on does not open it.
    """

    def __init__(self, value: Value) -> None:
        self._value = value
        self._sealed: tuple[bytes, list[Any]] | None = None

    @property
    def value(self) -> Value:
        """Return the value."""
        sealed = self._sealed
        if sealed is not None:
            head, arrays = sealed
            self._value = pickle.loads(head, buffers=[np.array(np.frombuffer(array, dtype=np.uint8)) for array in arrays])
            self._sealed = None
        return self._value

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        head, arrays = self._sealed or _seal(self._value)
        return _sealed, (head, [pickle.PickleBuffer(a) if int(protocol) >= 5 else bytes(a) for a in arrays])


def _seal(value: object) -> tuple[bytes, list[Any]]:
    try:
        return _dumped(value, pickle.dumps)
    except (AttributeError, TypeError, pickle.PicklingError):  # functions that were made on the spot
        import cloudpickle  # dask.distributed brings it

        return _dumped(value, cloudpickle.dumps)


def _dumped(value: object, dumps: Callable[..., bytes]) -> tuple[bytes, list[Any]]:
    large: list[Any] = []

    def small(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes > SMALL:
            large.append(raw)
        return raw.nbytes <= SMALL

    return dumps(value, protocol=5, buffer_callback=small), large


def _sealed(head: bytes, arrays: list[Any]) -> AlignedPickle[Any]:
    received = AlignedPickle[Any](None)
    received._sealed = head, arrays
    return received
