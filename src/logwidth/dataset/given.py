"""What functions of a data set take: a `Dataset`, or a table and its labels, which become one here."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

from logwidth.dataset.data import Dataset
from logwidth.errors import InputError

Options = ParamSpec("Options")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class OfData(Protocol[Options, Result_co]):
    """A function of a data set, or of points `(N, d)` and labels `(N,)`, and of options."""

    @overload
    def __call__(self, data: Dataset, /, *args: Options.args, **options: Options.kwargs) -> Result_co: ...

    @overload
    def __call__(self, X: object, y: object, /, *args: Options.args, **options: Options.kwargs) -> Result_co: ...


def of_data(function: Callable[Concatenate[Dataset, Options], Result]) -> OfData[Options, Result]:
    """Return `function(data, …)` as one that also takes `function(X, y, …)`.

    `X` is what a `Dataset` takes: an array, a list, a data frame, a sparse matrix, a tensor. A first argument that is no
    `Dataset` is a table, and the second its labels.

    Raises InputError where labels are missing, and as `Dataset` does.

    >>> samples = of_data(lambda data, times=1: times * data.n_samples)
    >>> samples([[0.0], [1.0]], ["a", "b"]), samples(Dataset([[0.0], [1.0]], ["a", "b"]), 3)
    (2, 6)
    """
    name = function.__name__

    @wraps(function)
    def taking(*args: Any, **options: Any) -> Any:
        given = "data" in options and not args
        first = options.pop("data") if given else args[0] if args else None
        rest = args[1:]
        if not isinstance(first, Dataset):
            if first is None:
                raise InputError(f"data are missing: {name}(data) or {name}(X, y)")
            if not rest and "y" not in options:
                raise InputError(f"labels are missing: {name}(X, y), or {name}(data) with a Dataset, such as load gives")
            labels, rest = (options.pop("y"), rest) if "y" in options else (rest[0], rest[1:])
            first = Dataset(first, labels)
        return function(first, *rest, **options)

    return taking
