"""A request is one frozen value; the same request gives the same bytes, however it is put, and nothing keeps a state."""

import ast
import dataclasses
from pathlib import Path

import numpy as np
import pytest

import logwidth as lw
from logwidth import pipeline
from logwidth.separation import DEFAULT_RATIO

POINTS, LABELS = np.array([[0.0, 0], [4, 0], [-2, 3.5], [-2, -3.5]]), [0, 1, 1, 0]
DATA = lw.Dataset(POINTS, LABELS)
WISHES = (
    {},
    {"ratio": 0.5},
    {"radius": 0.4, "dtype": "float64"},
    {"radius": "max"},
    {"ratio": 0.3, "norm": "inf"},
    {"ratio": 0.5, "width": 5, "pieces": "all", "rng": 3},
    {"construction": "line"},
    {"ratio": 0.5, "start": lw.check_map(DATA, np.eye(2))},
)


@pytest.mark.parametrize("wish", WISHES, ids=str)
def test_a_request_in_parts_or_as_one_value_of_a_data_set_or_a_table_gives_the_same_bytes(wish):
    request = lw.Request(**wish)
    runs = [lw.memorize(DATA, **wish), lw.memorize(DATA, request), lw.memorize(POINTS, LABELS, request)]
    runs.append(lw.memorize(POINTS, LABELS, **wish))
    assert len({run.onnx for run in runs}) == len({run.certificate.to_json() for run in runs}) == 1
    assert runs[0].certificate.holds


def test_without_ratio_and_radius_the_ratio_is_the_default_one():
    assert lw.memorize(DATA).summary["ratio"] == lw.RobustMemorizer().ratio == DEFAULT_RATIO
    assert lw.memorize(DATA, radius=0.4).summary["radius"] == 0.4


def test_a_request_is_frozen_and_compares_by_what_is_asked():
    request = lw.Request(ratio=0.5, norm="inf")
    assert request == lw.Request(ratio=0.5, norm=np.inf)
    assert request.norm == np.inf
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.ratio = 0.6


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (lambda: lw.memorize(DATA, lw.Request(ratio=0.5), ratio=0.5), "a request or its parts, not both"),
        (lambda: lw.memorize(DATA, lw.Request(ratio=0.5), norm=1), "a request or its parts, not both"),
        (lambda: lw.memorize(DATA, 0.5), "after a data set comes a Request, or its parts by name, not float"),
        (lambda: lw.memorize(DATA, LABELS), "after a data set comes a Request, or its parts by name, not list"),
        (lambda: lw.Request(radius="min"), "a number or 'max'"),
        (lambda: lw.Request(norm=0.5), "norm"),
        (lambda: lw.Request(pieces="few"), "unknown pieces"),
        (lambda: lw.Request(ratio=0.5, radius="max"), "neither a ratio"),
    ],
)
def test_what_contradicts_itself_is_refused_in_one_line(given, told):
    with pytest.raises(lw.InputError, match=told) as problem:
        given()
    assert "\n" not in str(problem.value)


def set_outside_a_constructor(source: str) -> list[str]:
    """Names of fields of `self` that are assigned anywhere but in `__init__` and `__post_init__`."""
    methods = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    inner = [node for method in methods if method.name not in ("__init__", "__post_init__") for node in ast.walk(method)]
    stored = [ast.unparse(node) for node in inner if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    return [name for name in stored if name.startswith("self.")]


@pytest.mark.parametrize("path", sorted(Path(pipeline.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_no_field_is_set_outside_a_constructor(path):
    assert set_outside_a_constructor(path.read_text(encoding="utf-8")) == []


def test_the_law_above_sees_what_it_forbids():
    assert set_outside_a_constructor("class A:\n def f(self):\n  self.x = 1\n  self.y.z += 1") == ["self.x", "self.y.z"]
    assert set_outside_a_constructor("class A:\n def __init__(self):\n  self.x = 1\n def f(self):\n  y = self.x") == []
