"""What a file, a frame or an array holds, before features and labels are told apart."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read where its form leaves it open; None means: find out.

    `sep` and `decimal` are the characters between the fields of a text table and before the decimals; `header` says whether
    its first row holds names, and `encoding` how its bytes make text, by a name that Python knows. `label` is the column of
    labels, by name, or by number (from 0) in a table without names: it is read as text, exactly as it is written. `labels`
    is another file that holds the labels of a form that has none. `resize` is the size `(width, height)` to which images
    are brought. In files of arrays with names, `points` names that of the points, `label` that of the labels or scores, and
    `axes` those of a grid's axes, in the order of the table's dimensions (of an `.npy`: files). `left_out` names columns
    that will not be used: the last of the others is the default label, and a column without a name, `Unnamed: J`, is
    refused unless it is one of them.

    Of a table that is read like another one: `names` are the columns that it should have, `texts` those of them that are
    read as text as they stand, `nameless` says that the other table had no names, and `text_labels` that its labels are
    text, so that those of a file of their own are.
    """

    sep: str | None = None
    decimal: str | None = None
    header: bool | None = None
    label: str | None = None
    labels: str | None = None
    resize: tuple[int, int] | None = None
    points: str | None = None
    axes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    nameless: bool = False
    text_labels: bool = False
    encoding: str | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of cells, with names where the form has them, and labels where they lie beside the cells.

    `what` is how messages call it. `cells` is a pandas DataFrame (columns of numbers, or of text where some cell is no
    number), a two-dimensional array, or a sparse matrix; a label column of a table is one of its columns, as text.
    `names` `(columns,)` are the names of the columns; None for forms without names. `labels` are those that come beside
    the cells (the `y` of an archive, the folders of images), None where there are none; `label_name` is their name.
    `notes` say what was found out about the file, one line each. `fresh`: nobody else holds the cells. `image` is the size
    and kind `(width, height, 'L' or 'RGB')` where the cells are pixels. `typed`: the form tells text from numbers, as frames
    do, so that labels that are text stay text; elsewhere `1` may be either.
    """

    what: str
    cells: Any
    names: tuple[str, ...] | None = None
    labels: Any = None
    label_name: str | None = None
    notes: tuple[str, ...] = field(default=())
    fresh: bool = False
    image: tuple[int, int, str] | None = None
    typed: bool = False
