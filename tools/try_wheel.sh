#!/usr/bin/env bash
# Build wheel and sdist, install the wheel in a fresh environment, and run the tests there in a folder without src/.
#
#     tools/try_wheel.sh [PYTHON] [PYTEST ARGUMENTS…]      (default: python3, and a choice of tests from every room)
#
# The wheel is built from the sdist, so the sdist is complete. The tests import the installed package; tests of the walls between
# the rooms read src/ and stay at home.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
python="${1:-python3}"
shift || true
choice=("$@")
[ ${#choice[@]} -gt 0 ] || choice=(tests/cli tests/dataset tests/export tests/network tests/certify/test_check.py tests/report)
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT

cd "$root"
rm -rf dist
"$root/.venv/bin/python" -m build --outdir dist .
ls -l dist

"$python" -m venv "$place/venv"
bin="$place/venv/bin"
wheel=$(ls "$root"/dist/*.whl)
"$bin/python" -m pip install --quiet --constraint constraints.txt "${wheel}[test]"
git ls-files tests tools benchmarks/raw README.md pyproject.toml docs | tar -cf - -T - | tar -xf - -C "$place"

cd "$place"
test ! -e src
"$bin/python" - <<'PYTHON'
import pathlib, sys
import logwidth
assert pathlib.Path(logwidth.__file__).is_relative_to(sys.prefix), logwidth.__file__
assert (pathlib.Path(logwidth.__file__).parent / "py.typed").exists()
print("installed:", logwidth.__file__)
PYTHON
"$bin/logwidth" fit iris --ratio 0.9 --out runs/iris --quiet
"$bin/logwidth" check runs/iris --quiet
"$bin/python" -m pytest -q -p no:cacheprovider -n 2 -o testpaths=tests "${choice[@]}"
echo "the wheel works without src/"
