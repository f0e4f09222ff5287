"""Options that every command has, and groups of options that many share, added to a command in one place."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from logwidth.certify import StoredExactRun, StoredRun, holds_exact_network, open_exact_run, open_run
from logwidth.cli.resources import Resources
from logwidth.cli.screen import Json, Quiet, Screen, Seed
from logwidth.dataset import Columns, Dataset, DataSource, load_again, load_points, read_like
from logwidth.errors import InputError
from logwidth.types import FloatArray

Command = Callable[..., int]


@dataclass(frozen=True)
class Reading:
    """What a user says about reading and choosing columns; None and nothing where a default or a recorded choice holds."""

    label: Annotated[
        str | None, typer.Option("--label", help="Column (or array) of labels, by name or number (default: the last).")
    ] = None
    labels: Annotated[str | None, typer.Option("--labels", help="Labels of a form that holds none, as another file.")] = None
    scale: Annotated[float | None, typer.Option("--scale", help="Divide the features by this (255 for images).")] = None
    sep: Annotated[str | None, typer.Option("--sep", help="Separator of a text table (default: found out).")] = None
    decimal: Annotated[str | None, typer.Option("--decimal", help="Decimal point or comma (default: found out).")] = None
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="How a text file's bytes make text, such as gbk (default: found out).")
    ] = None
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="Whether the first row holds names (default: found out).")
    ] = None
    index: Annotated[str | None, typer.Option("--index", help="Column of row names, to be left out.")] = None
    drop: Annotated[list[str] | None, typer.Option("--drop", help="Column to be left out; may be given again.")] = None
    drop_missing: Annotated[bool, typer.Option("--drop-missing", help="Leave out rows with a missing cell.")] = False
    one_hot: Annotated[
        bool, typer.Option("--one-hot", help="Make columns of text into features of 0 and 1, one for each value.")
    ] = False
    standardize: Annotated[
        bool,
        typer.Option(
            "--standardize", help="Divide each feature by the power of two nearest to its standard deviation, exactly."
        ),
    ] = False
    resize: Annotated[str | None, typer.Option("--resize", help="Bring images to this size, such as 28x28.")] = None
    points_array: Annotated[
        str | None, typer.Option("--features", help="Array of points in a .npz, .zarr or .h5 (default: X).")
    ] = None
    axes: Annotated[
        str | None,
        typer.Option("--axes", help="A table on a grid: its axes A,B,…, arrays of the file (of an .npy: files of vectors)."),
    ] = None

    def source(self, data: str) -> DataSource:
        """Return where the data come from, as they are to be read. Raises InputError."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        given["scale"] = 1.0 if self.scale is None else self.scale
        given["points"] = given.pop("points_array")  # as an argument, points are those of predict
        return DataSource(
            data, **{**given, "drop": tuple(self.drop or ()), "resize": _size(self.resize), "axes": _axes(self.axes)}
        )

    def load(self, data: str, screen: Screen) -> Dataset:
        """Return the data, and say on standard error what was found out about them. Raises InputError."""
        return _noted(self.source(data).reload(), screen)

    def again(self, run: Path, data: str | None, screen: Screen) -> Dataset | None:
        """Return the data to hold a run against, read as it was made; None for the run's own source. Raises InputError.

        For an ONNX file, which records nothing, the data are read by the options alone.
        """
        if data is None:
            return None
        if run.is_file():
            return self.load(data, screen)
        stored = (open_exact_run if holds_exact_network(run) else open_run)(run, altered=True)
        if Path(data).exists() and Path(data).resolve() == (run / "data.npz").resolve():  # as the network takes them
            kept = DataSource(data).reload()
            return Dataset(kept.points, kept.original_labels(), name=kept.name, columns=stored.columns)
        source, columns = self.like(stored.summary.get("data_source"), stored.columns, data)
        return _noted(load_again(source, columns, stored.network.n_inputs, stored.classes), screen)

    def rows(
        self, stored: StoredRun | StoredExactRun, points: str, screen: Screen, *, by_position: bool
    ) -> tuple[FloatArray, Columns]:
        """Return new rows as a run reads them, NaN where a cell is missing, and its columns; say what was found out."""
        source, columns = self.like(stored.summary.get("data_source"), stored.columns, points)
        rows = load_points(
            source, columns, stored.network.n_inputs, stored.classes, by_position=by_position,
            say=lambda note: screen.note(f"{source.name}: {note}"),
        )  # fmt: skip
        missing = int(np.count_nonzero(np.isnan(rows).any(axis=1)))
        if missing:
            screen.note(f"{missing} {'row has' if missing == 1 else 'rows have'} a missing cell and no label")
        return rows, columns

    def like(self, recorded: Any, columns: Columns, data: str) -> tuple[DataSource, Columns]:
        """Return a source that is read like a recorded one where no option says otherwise, and its columns."""
        source = read_like(self.source(data), recorded, columns)
        return source, columns if self.scale is None else replace(columns, divisor=source.scale)


GROUPS: dict[str, type[Any]] = {"resources": Resources, "reading": Reading}


def with_options(command: Command) -> Command:
    """Give a command the options of all commands, and those of the groups that it takes: `reading`, `resources`.

    It gets a `screen`, and the `seed` if it takes one.
    """
    return _with_options(command, frozenset())


def with_options_of_a_run(command: Command) -> Command:
    """The same for a command on a run, which records what becomes of the features and where no device helps."""
    return _with_options(command, frozenset({"one_hot", "standardize", "device"}))


def _with_options(command: Command, left_out: frozenset[str]) -> Command:
    own = inspect.signature(command)
    groups = {
        name: (kind, [field for field in fields(kind) if field.name not in left_out])
        for name, kind in GROUPS.items()
        if name in own.parameters
    }

    @wraps(command)
    def run(*, seed: int, as_json: bool, quiet: bool, **given: Any) -> int:
        made = {
            name: kind(**{field.name: given.pop(field.name) for field in options})
            for name, (kind, options) in groups.items()
        }
        shared = {**made, "screen": Screen(as_json=as_json, quiet=quiet), "seed": seed}
        return command(**given, **{name: value for name, value in shared.items() if name in own.parameters})

    kept = [p for p in own.parameters.values() if p.name not in (*GROUPS, "screen", "seed")]
    options = [(field.name, field.default, field.type) for _, held in groups.values() for field in held]
    options += [("seed", 0, Seed), ("as_json", False, Json), ("quiet", False, Quiet)]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in kept] + [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, default, kind in options
    ]
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    del run.__wrapped__  # or its parameters would be looked at instead of these
    return run


def _noted(data: Dataset, screen: Screen) -> Dataset:
    for note in data.notes:
        screen.note(f"{data.name}: {note}")
    return data


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise InputError(f"--resize takes a width and a height in pixels such as 28x28, not {text!r}")
    return int(width), int(height)


def _axes(text: str | None) -> tuple[str, ...]:
    names = () if text is None else tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise InputError(f"--axes takes names with commas between them such as range,bearing, not {text!r}")
    return names
