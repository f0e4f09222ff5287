"""The runner of examples runs them, and sees what does not agree; cheap pages are run by day, all pages by night."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUICK = ("docs/index.md",)
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("docs/guides/*.md"))]


def run(*pages, timeout=1800):
    command = [sys.executable, str(ROOT / "tools" / "examples.py"), *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    return done.returncode, done.stdout + done.stderr


def _case(page):
    name = str(page.relative_to(ROOT))
    return pytest.param(page, id=name, marks=() if name in QUICK else pytest.mark.slow)


@pytest.mark.parametrize("page", [_case(page) for page in PAGES])
def test_examples_of_a_page(page):
    code, text = run(page)
    assert code == 0, text


GOOD = """
<!-- hidden:
x = 20
-->
```python
x += 1
print("x is", x, "or so")
```

```text
x is 21 …
```

<!-- exit: 3 -->
```sh
echo said >&2; exit 3  # a comment
```

```text
said
```

<!-- output of: printf '┃ a ┃ b  ┃\\n1\\n2\\n3\\n' -->
```text
a b
…
3
```

<!-- not run: it would fail -->
```python
raise SystemExit(1)
```

```text
whatever
```

<!-- needs: no_such_module -->
```python
import no_such_module
```
"""


def test_a_page_that_agrees_passes_and_says_what_was_not_run(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(GOOD)
    code, text = run(page)
    assert code == 0, text
    assert "3 examples" in text
    assert "not run: it would fail" in text
    assert "not run: needs no_such_module" in text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("x is 21", "x is 22", "but printed was\nx is 21"),
        ("x += 1", "x += y", "NameError"),
        ("x = 20", "x = ", "SyntaxError"),
        ("<!-- exit: 3 -->\n", "", "ended with 3, not 0"),
        ("\nsaid\n", "\nsilent\n", "but printed was\nsaid"),
        ("…\n3\n", "3\n", "but printed was"),
    ],
)
def test_what_does_not_agree_is_seen(tmp_path, old, new, says):
    assert old in GOOD
    page = tmp_path / "page.md"
    page.write_text(GOOD.replace(old, new))
    code, text = run(page)
    assert code == 1
    assert "FAILED" in text
    assert says in text
