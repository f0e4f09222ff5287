#!/usr/bin/env bash
# Run the tests with the oldest versions of the dependencies that pyproject.toml promises (constraints-oldest.txt), on Python 3.11.
#
#     tools/try_oldest.sh [PYTHON] [PYTEST ARGUMENTS…]      (default: python3, and all tests)
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
python="${1:-python3}"
shift || true
cd "$root"
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "this needs Python 3.11: make oldest PYTHON=python3.11"; exit 2; }
[ -d .venv/oldest ] || "$python" -m venv .venv/oldest
bin="$root/.venv/oldest/bin"
"$bin/python" -m pip install --quiet --constraint constraints-oldest.txt --editable '.[test]'
"$bin/python" tools/bounds.py constraints-oldest.txt
OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" "$bin/python" -m pytest -q -p no:cacheprovider -n 2 "$@"
