"""The scripts that write pages and guard version bounds: numbers come from where they say, rounded to the safe side."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

import logwidth

ROOT = Path(__file__).parents[2]


def tool(name):
    spec = importlib.util.spec_from_file_location(f"tool_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


TOOLS = ("performance", "api_page", "bounds", "examples", "readme_plain")
performance, api_page, bounds, examples, readme_plain = map(tool, TOOLS)


def test_bounds_hold_for_the_group_and_round_to_their_side():
    table = performance.Table("f", "Title", "Says.", {"rank": "k"}, {"low": "kept ≥", "high": "possible ≤", "s": "s"})
    rows = [{"rank": 3, "low": 0.123456, "high": 0.5, "s": 1.0}, {"rank": 3, "low": 0.2, "high": 0.678912, "s": 4.0}]
    line = performance.rendered(table, [*rows, {"rank": 3, "low": 0.3, "high": 0.6, "s": 2.5}]).splitlines()[6]
    assert line == "| 3 | 3 | 0.1234 | 0.679 | 2.5 |"


@pytest.mark.parametrize(
    ("value", "below", "above"), [(0.99999, "0.9999", "1"), (1234567.0, "1,234,567", "1,234,567"), (2, "2", "2")]
)
def test_numbers_are_shown_on_their_side(value, below, above):
    assert performance.shown(value, "≥") == below
    assert performance.shown(value, "≤") == above


def test_lines_that_a_table_does_not_keep_are_left_out_and_an_empty_table_is_an_error():
    table = performance.Table("f", "T", "S.", {"k": "k"}, {"v": "v"}, lambda row: row["k"] > 1)
    assert "| 1 |" not in performance.rendered(table, [{"k": 1, "v": 5}, {"k": 2, "v": 6}])
    with pytest.raises(SystemExit, match="no line"):
        performance.rendered(table, [{"k": 1, "v": 5}])


@pytest.mark.slow  # raw files are measured again now and then: the build of the pages must notice, a change of code need not
def test_every_table_has_its_raw_file_and_every_raw_file_its_place():
    page = performance.page()
    assert page.count("\n## ") + 1 >= len(performance.TABLES)
    for path in performance.RAW.glob("*.jsonl"):
        assert path.name in page


@pytest.mark.slow
def test_numbers_of_the_comparison_are_those_measured():
    raw = ROOT / "benchmarks" / "raw"
    verifiers = [json.loads(line) for line in (raw / "verifiers.jsonl").read_text().splitlines()]
    right = {
        tool: sum(row["tool"] == tool and row["verdict"] == "right" for row in verifiers)
        for tool in ("marabou", "crown", "ibp")
    }
    trained = [json.loads(line) for line in (raw / "compare.jsonl").read_text().splitlines()]
    share = {row["ratio"]: row["certified_fraction"] for row in trained if row["construction"] == "trained"}
    text = " ".join((ROOT / "docs" / "comparison.md").read_text(encoding="utf-8").split())
    assert f"right on {right['marabou']}, CROWN on {right['crown']} and IBP on {right['ibp']} of 28 unsat" in text
    assert f"certified share of {int(100 * share[0.5])} % of the" in text
    assert share[0.99] < 0.01


def test_every_public_name_is_on_the_page_of_the_api():
    page = api_page.page()
    assert [name for name in logwidth.__all__ if page.count(f":: logwidth.{name}\n") != 1] == []


def test_a_bound_that_is_not_tested_is_seen():
    assert bounds.problems({"numpy": "1.26"}, {}) == [
        "pyproject.toml promises numpy >= 1.26, constraints-oldest.txt tests nothing"
    ]
    wrong = bounds.problems({"numpy": "1.26"}, {"numpy": "1.25.0", "no-such-package": "1"})
    assert "promises numpy >= 1.26" in wrong[0]
    assert "numpy" in wrong[1]
    assert "no-such-package is not installed" in wrong[2]


def test_bounds_in_pyproject_are_the_versions_tested():
    pyproject = bounds.tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = dict(line.split("==") for line in (ROOT / "constraints-oldest.txt").read_text().split())
    assert [
        f"{name} {bound}" for name, bound in bounds.promised(pyproject).items() if not bounds.same(bound, pins.get(name, ""))
    ] == []


@pytest.mark.parametrize(
    ("expected", "printed", "agree"),
    [
        ("a … c", "a b c", True),
        ("a … c", "a c", True),
        ("a\n…\nd", "a\nb\nc\nd", True),
        ("a\n…\nd", "a\nd", True),
        ("│ a │ b", "a b", True),
        ("a", "a\nb", False),
        ("a … c", "a b\nc", False),
        ("1.5", "1x5", False),
    ],
)
def test_what_agrees(expected, printed, agree):
    assert examples.agrees(expected, printed) is agree


def test_the_line_above_every_command_names_the_extra_it_needs():
    assert [page.relative_to(ROOT).as_posix() for page in readme_plain.PAGES] == ["README.md", "docs/commands.md"]
    found = [command for page in readme_plain.PAGES for command in readme_plain.commands_of(page.read_text())]
    assert {extra for command in found for extra in command.extras} == {"plot", "torch", "verifiers"}
    assert [command.line for command in found if command.unnamed] == []
    assert len([command for command in found if command.run and not command.extras]) >= 15


@pytest.mark.parametrize(
    ("page", "unnamed"),
    [
        ("```sh\nlogwidth figures --out f  # pip install '.[plot]'\n```", ["plot"]),
        ("Needs `pip install '.[plot]'`.\n\n```sh\nlogwidth figures --out f\n```", []),
        ("```sh\n# pip install '.[dask]'\nlogwidth fit digits --workers 2\n```", []),
        ("The extra [torch].\n\n```sh\nlogwidth compare iris --trained\n```", ["torch"]),
        ("`pip install '.[plot]'`\n\n```sh\nlogwidth fit iris\n```\n\n```sh\nlogwidth figures --out f\n```", ["plot"]),
        ("```sh\nlogwidth fit iris  # folders of images CLASS/*.png\n```", []),
    ],
)
def test_an_extra_counts_as_named_in_a_line_above_that_installs_it(page, unnamed):
    *_, last = readme_plain.commands_of(page)
    assert last.unnamed == unnamed


def test_lines_of_progress_are_no_output_of_an_example():
    printed = "0:00:03  search, 5 %\nwritten: runs/a\n0:01:03  certification\n"
    assert examples.PROGRESS.sub("", printed) == "written: runs/a\n"
