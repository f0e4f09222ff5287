#!/usr/bin/env bash
# A first use, timed: a fresh clone and nothing but what the README says, from clone to a report.
#
#     tools/first_use.sh [FOLDER] > docs/first-use.txt
#
# FOLDER (default: a new temporary one) must not exist or be empty. Steps and their times go to standard output, so that the
# transcript can be kept; what the commands print is part of it, without colours. Ends with status 1 at the first step that fails.
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
place="${1:-$(mktemp -d)}"
mkdir -p "$place"
cd "$place"
export NO_COLOR=1 TERM=dumb COLUMNS=100 PIP_DISABLE_PIP_VERSION_CHECK=1
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
began=$(date +%s)

step() {
    local start status=0
    echo
    echo "\$ $*" | sed -e "s#file://$here#LOGWIDTH#" -e "s#$place#…#g"
    start=$(date +%s)
    "$@" > "$log" 2>&1 || status=$?
    sed -e "s#$place#…#g" -e "s#$here#…#g" -e 's/[[:space:]]*$//' -e '/^WARNING: Location/d' "$log"
    [ "$status" -eq 0 ] || { echo "failed with status $status"; exit 1; }
    echo "[$(($(date +%s) - start)) s]"
}

own_table() {
    .venv/bin/python - <<'PYTHON'
from sklearn.datasets import load_wine

table = load_wine(as_frame=True).frame
table["grower"] = table.pop("target").map({0: "north", 1: "middle", 2: "south"})
table.to_csv("wines.csv", index=False)
print(len(table), "rows,", len(table.columns) - 1, "features, one column of labels")
PYTHON
}

echo "$(nproc) cores, load average $(cut -d' ' -f1-3 /proc/loadavg) from other work"
step git clone --quiet "file://$here" logwidth
cd logwidth
step make demo
step own_table
PATH="$PWD/.venv/bin:$PATH"
step logwidth fit wines.csv --label grower --ratio 0.9
step logwidth check runs/wines
step logwidth attack runs/wines
step logwidth report runs/wines
step ls runs/wines
echo
echo "from clone to report: $(($(date +%s) - began)) s"
