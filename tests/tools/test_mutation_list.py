"""The planted faults still fit the tree: each names a file, a text in it and tests that exist."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "mutation.py"
pytestmark = pytest.mark.skipif(not TOOL.exists(), reason="an installed package has no tools beside it")


def mutants():
    spec = importlib.util.spec_from_file_location("planted", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.MUTANTS


def test_every_planted_fault_fits_the_tree():
    faults = mutants()
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for _, path, *_ in faults}
    assert len(faults) > 200
    assert [name for name, path, old, _, _ in faults if old not in texts[path]] == []
    assert [name for name, _, old, new, _ in faults if old == new] == []
    assert [(name, test) for name, *_, tests in faults for test in tests if not (ROOT / test.split("::")[0]).exists()] == []


def test_every_planted_fault_has_a_name_of_its_own():
    names = [name for name, *_ in mutants()]
    assert len(set(names)) == len(names)
