"""Advice names options that exist, in the order of what they cost, and what it says to serve does."""

import re
from pathlib import Path

import numpy as np
import pytest
import typer

import logwidth as lw
from logwidth.cli.app import app
from logwidth.cli.commands import command_of
from logwidth.errors import InputError
from logwidth.pipeline.advice import advice, far_from_zero
from logwidth.separation import Blur, unequal_spreads

SOURCE = Path(lw.__file__).parent
STYLES = {"style.py", "plot.py", "markup.py", "shell.py"}  # of pages: CSS has names like options
ELSEWHERE = {
    "--timeout",
    "--network",
    "--result",
    "--summary-file",
    "--unsafe",
    "--help",
    "--version",
}  # of other programs, or of all


def options() -> set[str]:
    """Every option of every command."""
    group = typer.main.get_command(app)
    commands = [command_of(name) for name in group.list_commands(typer.Context(group))]
    return {
        option for command in [group, *commands] for found in command.params for option in found.opts + found.secondary_opts
    }


def test_every_option_that_a_message_names_is_one_of_some_command() -> None:
    known = options()
    assert {"--dtype", "--standardize", "--scale", "--width", "--ratio"} <= known
    named = {
        (path.name, word)
        for path in SOURCE.rglob("*.py")
        if path.name not in STYLES
        for line in path.read_text(encoding="utf-8").splitlines()
        for word in re.findall(r"(?<![-\w])--[a-z][a-z-]+", line)
    }
    assert len(named) > 40
    assert sorted((name, word) for name, word in named if word not in known | ELSEWHERE) == []


def test_no_message_names_a_rank_that_no_option_raises() -> None:
    assert not [path for path in SOURCE.rglob("*.py") if "raise the rank" in path.read_text(encoding="utf-8")]


def cloud(offset: float = 0.0) -> lw.Dataset:
    rng = np.random.default_rng(4)
    labels = np.arange(8) % 2
    return lw.Dataset(rng.normal(size=(8, 2)) + rng.normal(size=(2, 2))[labels] + offset, labels)


def test_double_precision_is_advised_where_it_certifies() -> None:
    data = cloud(1e6)
    asked = {"ratio": 0.5, "construction": "cells"}
    run = lw.memorize(data, **asked)
    assert not run.certificate.holds
    assert "--dtype float64: it certifies all 8" in advice(data, run, asked, lw.memorize)
    assert lw.memorize(data, **asked, dtype="float64").certificate.holds


def test_another_construction_is_advised_where_only_it_serves() -> None:
    data = cloud(3e4)
    asked = {"ratio": 0.5, "construction": "register", "dtype": "float32"}
    run = lw.memorize(data, **asked)
    assert not run.certificate.holds

    def fit(rows: lw.Dataset, **changed: object) -> lw.Run:
        return run if changed["dtype"] == "float64" else lw.memorize(rows, **changed)

    told = advice(data, run, asked, fit)
    name = told.split("--construction ")[1].split(":")[0]
    assert lw.memorize(data, ratio=0.5, construction=name).certificate.holds


def test_untried_advice_says_may_and_a_smaller_ball_comes_last() -> None:
    data = lw.Dataset(cloud(1e6).points * [1.0, 64.0], cloud().labels)
    asked = {"ratio": 0.5, "construction": "register", "width": 9}
    told = advice(data, lw.memorize(data, **asked), asked, None)
    assert "may serve" in told
    places = [told.index(word) for word in ("--standardize", "--dtype", "--construction", "--width", "--ratio")]
    assert places == sorted(places)


def test_a_width_that_is_too_small_is_told_what_serves() -> None:
    data = lw.Dataset(np.random.default_rng(0).normal(size=(12, 3)), np.arange(12) % 3)
    with pytest.raises(InputError, match="too small") as refused:
        lw.memorize(data, ratio=0.95, width=2)
    width = int(re.findall(r"allow --width (\d+)", str(refused.value))[0])
    run = lw.memorize(data, ratio=0.95, width=width)
    assert run.certificate.holds
    assert run.network.width <= width
    for ratio in re.findall(r"--ratio ([\d.]+)", str(refused.value)):
        assert lw.memorize(data, ratio=float(ratio), width=2).certificate.holds


def test_spreads_far_apart_are_named() -> None:
    assert unequal_spreads(lw.Dataset([[0.0, 1.0], [1.0, 9.0]], [0, 1])) == ""
    assert unequal_spreads(lw.Dataset([[0.0, 1.0, 2.0], [1.0, 10.0, 2.0]], [0, 1])).startswith(
        "the spread of feature 1 is 9"
    )


def test_data_far_from_zero_are_told_what_to_subtract() -> None:
    words = far_from_zero(Blur(True, "feature 3", 1e8, 1.0, 8.0, 1e8), "float32")
    assert "feature 3" in words
    assert "subtract 1e+08" in words
    assert "--dtype float64" in words
    assert "--dtype" not in far_from_zero(Blur(True, "feature 3", 1e18, 1.0, 128.0, 1e18), "float64")


@pytest.mark.slow
def test_lengths_and_masses_are_certified_as_they_are() -> None:
    rng = np.random.default_rng(0)
    labels = np.sort(rng.choice(3, size=342, p=[0.44, 0.2, 0.36]))
    centres = np.array([[38.8, 18.3, 190.0, 3700.0], [48.8, 18.4, 196.0, 3730.0], [47.5, 15.0, 217.0, 5080.0]])
    points = centres[labels] + np.array([2.7, 1.2, 6.5, 450.0]) * rng.normal(size=(342, 4))
    assert lw.memorize(lw.Dataset(points, labels), ratio=0.9).certificate.holds
