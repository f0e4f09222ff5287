"""What someone sees who types something for the first time: first steps, help, suggestions, completion."""

import inspect
import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version

import pytest

from logwidth.cli import main
from logwidth.cli.app import app
from logwidth.cli.commands import NAMES, command_of, help_of


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def test_alone_it_shows_three_commands_and_where_the_rest_is(capsys):
    status, out, err = call(capsys)
    assert (status, err) == (0, "")
    assert re.findall(r"^  logwidth (\w+)", out, re.M) == ["fit", "check", "report"]
    assert "logwidth --help" in out
    assert all(len(line) <= 120 for line in out.splitlines())


def test_the_version_is_printed(capsys):
    assert call(capsys, "--version") == (0, f"logwidth {version('logwidth')}\n", "")


def test_help_names_every_command_and_says_what_it_does(capsys):
    status, out, _ = call(capsys, "--help")
    assert status == 0
    for command in app.registered_commands:
        assert f"\n  {command.callback.__name__} " in out
        assert command.callback.__doc__


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fitt", "fit"),
        ("raport", "report"),
        ("fit iris --ratoi 0.5", "--ratio"),
        ("bounds --n 5 --d 3 --nrom 1", "--norm"),
        ("fit digist", "digits"),
        ("fit iriss", "iris"),
        ("width brest_cancer --ratio 0.5", "breast_cancer"),
        ("fit sphear:n=3", "sphere"),
        ("fit iris --construction regster", "register"),
        ("compare iris --constructions cells,linee", "line"),
        ("fit iris --pieces coverr", "cover"),
        ("fit iris --dtype float23", "float32"),
    ],
)
def test_typing_errors_get_a_suggestion(capsys, monkeypatch, tmp_path, typed, meant):
    monkeypatch.chdir(tmp_path)
    status, out, err = call(capsys, *typed.split())
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    hint = re.search(r"[Dd]id you mean (.*?)\?|Possible options: (.*)\)|must be (.*?),", err)
    assert hint
    assert meant in hint[0]


def test_a_file_name_with_a_typing_error_gets_one_too(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("a,b\n1,x\n2,y\n")
    assert "did you mean table.csv?" in call(capsys, "fit", "tabel.csv")[2]
    assert "did you mean b?" in call(capsys, "fit", "table.csv", "--label", "bb")[2]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("logwidth re", {"replay", "report"}),
        ("logwidth fit dig", {"digits"}),
        ("logwidth width br", {"breast_cancer"}),
        ("logwidth check runs/x iri", {"iris"}),
        ("logwidth fit iris --construction man", {"manhattan", "manhattan-collapse"}),
        ("logwidth fit iris --norm i", {"inf"}),
        ("logwidth report runs/x --cur", {"--curve"}),
        ("logwidth fit no-such", set()),
    ],
)
def test_the_shell_completes(capsys, monkeypatch, words, offered):
    monkeypatch.setenv("_LOGWIDTH_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert set(call(capsys)[1].split()) == offered


def test_completion_installs_itself(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "logwidth", "--install-completion", "bash"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    script = (tmp_path / ".bash_completions" / "logwidth.sh").read_text()
    assert "_LOGWIDTH_COMPLETE=complete_bash" in script
    assert "logwidth.sh" in (tmp_path / ".bashrc").read_text()


def loaded_by(*arguments):
    """The packages that a command line of its own process loads."""
    script = "import atexit, sys; atexit.register(lambda: print('LOADED', *{name.split('.')[0] for name in sys.modules}))\n"
    run = f"{script}from logwidth.cli import main\nmain({list(arguments)!r})"
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rsplit("LOADED", 1)[1].split())


@pytest.mark.parametrize("arguments", [("--help",), (), ("--version",)])
def test_first_words_come_without_the_mathematics(arguments):
    assert loaded_by(*arguments) & {"numpy", "scipy", "pandas", "sklearn", "onnx", "onnxruntime", "rich"} == set()


def test_a_command_has_its_own_options_and_needs_its_module():
    assert {"numpy", "pandas"} <= loaded_by("fit", "--help")


@pytest.mark.parametrize("name", NAMES)
def test_a_stand_in_says_what_the_command_says(name):
    function = name.replace("-", "_")
    command = getattr(import_module(f"logwidth.cli.{function}"), function)
    assert command_of(name).name == name
    assert inspect.cleandoc(command.__doc__) == help_of(name)


def test_a_command_without_source_is_imported_for_its_help(monkeypatch):
    monkeypatch.setattr("importlib.machinery.SourceFileLoader.get_source", lambda *_: None)
    assert help_of("fuse").startswith("Write RUN's network")
