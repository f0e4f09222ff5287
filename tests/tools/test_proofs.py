"""The guards of `make proofs`: nothing left out, no axiom beyond the list, and a clear word where Coq is missing."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROOFS = Path(__file__).parents[2] / "proofs"
THEOREMS = ("certified_binary32", "certified_binary64", "excluded", "bracket_binary32", "some_output")


@pytest.fixture
def folder(tmp_path):
    """The proofs without what Coq made of them."""
    if not PROOFS.is_dir() or shutil.which("make") is None:
        pytest.skip("no checkout with proofs, or no make")
    for source in [*PROOFS.glob("*.v"), PROOFS / "Makefile", PROOFS / "allowed_axioms.txt"]:
        shutil.copy(source, tmp_path)
    (tmp_path / ".depend").write_text("")  # as if coqdep had run: Coq need not be there
    return tmp_path


def _make(folder, *arguments, **settings):
    return subprocess.run(["make", "-C", str(folder), *arguments], capture_output=True, text=True, check=False, **settings)


def test_nothing_is_left_out(folder):
    assert _make(folder, "words").returncode == 0


@pytest.mark.parametrize(
    "planted",
    [
        "Lemma l : False. Admitted.",
        "Axiom a : False.",
        "Parameter p : False.",
        "Goal False. admit.",
        "Conjecture c : False.",
    ],
)
def test_what_is_left_out_is_found(folder, planted):
    with (folder / "Rows.v").open("a") as end:
        end.write(f"\n{planted}\n")
    done = _make(folder, "words")
    assert done.returncode != 0
    assert planted in done.stdout


def _axioms(folder, names):
    """Run the comparison on what Coq would have printed."""
    (folder / "Theorems.log").write_text("Axioms:\n" + "".join(f"{name}\n  : forall P, P\n" for name in names))
    (folder / "Iris.log").write_text("")
    return _make(folder, "-o", "Theorems.vo", "-o", "Iris.vo", "axioms")


def test_the_listed_axioms_pass(folder):
    names = (folder / "allowed_axioms.txt").read_text().split()
    assert _axioms(folder, names).returncode == 0


def test_one_axiom_more_fails(folder):
    names = (folder / "allowed_axioms.txt").read_text().split()
    assert _axioms(folder, [*names, "Rows.trust_me"]).returncode != 0
    assert _axioms(folder, []).returncode != 0  # nothing printed is no proof either


def test_the_axioms_of_every_theorem_are_printed(folder):
    body = (folder / "Theorems.v").read_text()
    assert set(re.findall(r"^Theorem (\w+)", body, flags=re.MULTILINE)) == set(THEOREMS)
    assert set(re.findall(r"^Print Assumptions (\w+)\.", body, flags=re.MULTILINE)) == set(THEOREMS)
    assert "Print Assumptions iris." in (folder / "Iris.v").read_text()


def test_every_file_is_compiled(folder):
    listed = set(
        re.search(r"^FILES := (.*?)\n(?=PACKAGES)", (folder / "Makefile").read_text(), flags=re.S | re.M)[1]
        .replace("\\", "")
        .split()
    )
    assert listed == {path.stem for path in folder.glob("*.v")} - {"Extract"}


def test_missing_packages_are_named_and_not_installed(folder, tmp_path):
    (tmp_path / "bin").mkdir()
    for tool in ("make", "sh", "echo", "test"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    done = _make(folder, "packages", env={"PATH": str(tmp_path / "bin")})
    assert done.returncode != 0
    assert "apt-get install coq libcoq-flocq" in done.stdout
