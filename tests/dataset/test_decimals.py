"""Columns of decimal fractions are read as the nearest float64, in every form that has them (pyarrow's own cast is not)."""

from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import logwidth as lw

TENTHS = [Decimal(k) / 10 for k in range(50)]
TEXTS = pl.Series([str(number) for number in TENTHS])


def arrow(kind=pa.decimal128):
    return pa.table({"x": pa.array(TENTHS, type=kind(10, 1)), "label": [k % 2 for k in range(len(TENTHS))]})


def written(write, path):
    write(arrow(pa.decimal256), str(path))
    return path


FORMS = {
    "parquet": lambda folder: written(parquet.write_table, folder / "t.parquet"),
    "feather": lambda folder: written(feather.write_feather, folder / "t.feather"),
    "arrow": lambda _: arrow(),
    "polars": lambda _: pl.DataFrame({"x": TEXTS.cast(pl.Decimal(10, 1)), "label": [k % 2 for k in range(50)]}),
    "pandas": lambda _: arrow().to_pandas(),
    "pandas, types of arrow": lambda _: arrow().to_pandas(types_mapper=pd.ArrowDtype),
}


@pytest.mark.parametrize("form", FORMS)
def test_decimals_become_the_nearest_numbers(form, tmp_path):
    points = lw.load(FORMS[form](tmp_path)).points
    assert points[:, 0].tolist() == [float(number) for number in TENTHS]
