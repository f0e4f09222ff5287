"""Values on their way between processes, whose arrays arrive aligned as numpy would have put them."""

import pickle
from dataclasses import dataclass
from typing import Any, Generic, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class Parcel(Generic[Value]):
    """A value whose large arrays are sent without a copy and copied into fresh memory where they arrive.

    Received where a stream happened to put them, arrays may lie across the boundaries of their numbers; numpy then takes
    other loops, which round differently in the last bit.
    """

    value: Value

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        import cloudpickle  # dask.distributed brings it

        arrays: list[pickle.PickleBuffer] = []
        head = cloudpickle.dumps(self.value, protocol=5, buffer_callback=arrays.append)
        return _opened, (head, arrays if int(protocol) >= 5 else [bytes(array.raw()) for array in arrays])


def _opened(head: bytes, arrays: list[Any]) -> Parcel[Any]:
    return Parcel(pickle.loads(head, buffers=[_fresh(array) for array in arrays]))


def _fresh(stored: Any) -> NDArray[np.uint8]:
    return np.array(np.frombuffer(stored, dtype=np.uint8))
