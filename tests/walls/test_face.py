"""The public face: exactly the public names, each loaded when it is used, none hidden by a room of the same name."""

import ast
import inspect
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import logwidth as lw

HEAVY = {"pandas", "sklearn", "scipy", "onnx", "onnxruntime", "typer", "rich", "numpy"}


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loaded_by(code):
    listed = python(f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})")
    return set(listed.split())


def test_import_loads_nothing_heavy():
    assert loaded_by("import logwidth") & HEAVY == set()
    assert loaded_by("import logwidth; logwidth.load") >= {"numpy", "pandas"}, "what is heavy is seen here at all"


def test_tab_completion_and_help_list_the_public_names_and_no_others():
    assert dir(lw) == sorted(lw.__all__)
    page = pydoc.plain(pydoc.render_doc(lw))
    names = [name for name in lw.__all__ if name != "LowerBound"]  # a union of two classes: pydoc lists it as data
    assert [name for name in names if f"class {name}" not in page and f"{name}(" not in page] == []
    assert not {"Any", "import_module", "TYPE_CHECKING", "sys"} & set(dir(lw))


def test_every_public_name_is_there_and_has_one_home():
    assert [name for name in lw.__all__ if getattr(lw, name, None) is None] == []
    assert len(set(lw.__all__)) == len(lw.__all__)
    with pytest.raises(AttributeError, match="no attribute 'memorise'"):
        _ = lw.memorise
    assert lw.__version__


def test_what_type_checkers_read_is_what_is_loaded():
    tree = ast.parse(Path(lw.__file__).read_text(encoding="utf-8"))
    (static,) = (node for node in tree.body if isinstance(node, ast.If))
    read = {
        (node.module.removeprefix("logwidth."), name.name)
        for node in static.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    loaded = {(room, name) for room, names in vars(lw)["_ROOMS"].items() for name in names}
    assert read == loaded
    assert {name for _, name in loaded} == set(lw.__all__)


ROOMS = [name for name in lw.__all__ if name in vars(lw)["_ROOMS"]]
ORDERS = [
    "import logwidth.{0}; import logwidth; found = logwidth.{0}",
    "from logwidth import {0} as found; import logwidth.{0}",
    "import logwidth.{0}; from logwidth import {0} as found",
    "from logwidth.{0} import {0}; from logwidth import {0} as found; assert found is {0}",
    "import logwidth.pipeline; import logwidth.{0} as found",
]


FORKED = """
import os, sys, types
import numpy, onnx, onnxruntime, pandas, scipy.optimize, scipy.sparse, sklearn  # once, not in every child
assert "logwidth" not in sys.modules
for code in sys.stdin.read().split("---"):
    if os.fork() == 0:
        exec(code)
        print(isinstance(found, types.FunctionType), found.__name__, flush=True)
        os._exit(0)
    assert os.wait()[1] == 0, code
"""


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_never_hides_the_function_of_its_name(name):
    """Each order of imports in a process of its own."""
    codes = "---".join(order.format(name) for order in ORDERS)
    done = subprocess.run(
        [sys.executable, "-c", FORKED], input=codes, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"True {name}"] * len(ORDERS)


def test_there_are_such_names():
    assert ROOMS == ["certify", "separation"]


def test_the_rooms_names_are_found_on_such_a_function():
    """`import logwidth.certify as c` gives the function; what the room offers can be had from it all the same."""
    script = "import logwidth.certify as c; from logwidth.certify import recognise, Certificate; import logwidth"
    assert python(f"{script}; print(c is logwidth.certify, c.recognise is recognise, c.Certificate is Certificate)") == (
        "True True True"
    )


def test_functions_keep_their_signatures_and_words():
    assert list(inspect.signature(lw.certify).parameters)[:3] == ["network", "data", "radius"]
    assert lw.separation.__doc__.startswith("Return the separation")


def signatures():
    """The parameters of every public function and of every public method, by name."""
    made = {name: getattr(lw, name) for name in lw.__all__}
    methods = [
        (f"{name}.{key}", each) for name, kind in made.items() if inspect.isclass(kind) for key, each in vars(kind).items()
    ]
    told = [(name, each) for name, each in [*made.items(), *methods] if inspect.isfunction(each) and "._" not in name]
    return {name: inspect.signature(each).parameters for name, each in told}


def test_the_norm_is_given_by_name_everywhere():
    norms = {name: parameters["norm"] for name, parameters in signatures().items() if "norm" in parameters}
    assert {"certify", "separation", "memorize", "search_map", "width_bracket", "ratio_curve", "diagram"} <= set(norms)
    assert [name for name, norm in norms.items() if norm.kind is not inspect.Parameter.KEYWORD_ONLY] == []


def test_one_thing_has_one_word_in_every_signature():
    """A seed is `rng`, a run that is read `run`, a separation `separation`; scikit-learn alone asks for `random_state`."""
    other = {"seed", "random_state", "known", "folder", "run_directory"}
    assert [name for name, parameters in signatures().items() if other & set(parameters)] == []
    assert [name for name, parameters in signatures().items() if "directory" in parameters] == ["Run.save"]
