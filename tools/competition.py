"""Run a benchmark folder as a competition does: generate, prepare, run, score.

    python tools/competition.py FOLDER --seed 7 --track 2.0 --tool 'tool {onnx} {vnnlib} {timeout} {out}'

*Generate* copies the folder without its answers and rewrites its queries with `generate_properties.py SEED`, under the Python named
by `--python` (the competition of 2026 used 3.8). *Prepare* gzips every query and network and unpacks them again, as organisers
ship single files. *Run* starts the tool on each instance, first on a warm-up that does not count, and keeps results and witnesses as
a competition does. *Score* judges them by the truth of that seed: 10 points for a right answer, 150 off for a wrong one, none
for the rest. Without `--tool` the tool is one that samples boxes of queries about floats: `sat` or `unknown`.
"""

import argparse
import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

from logwidth.verifiers import judge, read_results, read_tracks, verifier_named
from logwidth.verifiers.answers import read_instances, stem
from logwidth.verifiers.tables import answer_word

RIGHT, WRONG = 10, -150
SAMPLER = """
import re, sys
from fractions import Fraction
import numpy as np, onnxruntime
from logwidth.verifiers.formula import Formula
onnx, vnnlib, limit, out = sys.argv[1:]
text = re.sub(r"\\s+", " ", re.sub(r";[^\\n]*", "", open(vnnlib).read()))
query = Formula(text)
net, sides = query.networks[0], {}
x = rf"{net.source}(?:_|\\[0,)(\\d+)\\]?"
for i, v in re.findall(rf"\\([<>]=? {x} (-?[\\d.]+)\\)", text):
    sides.setdefault(int(i), []).append(float(v))
for v, i in re.findall(rf"\\([<>]=? (-?[\\d.]+) {x}\\)", text):
    sides.setdefault(int(i), []).append(float(v))
said = "unknown"
if sides and ";" not in onnx and not net.real:
    low, high = (np.array([side(sides[i]) for i in range(len(sides))]) for side in (min, max))
    session = onnxruntime.InferenceSession(onnx)
    rng = np.random.default_rng(0)
    for share in [*rng.integers(0, 2, (200, len(low))), *rng.random((200, len(low)))]:
        point = (low + (0.01 + 0.98 * share) * (high - low)).astype(np.float32)
        scores = session.run(None, {session.get_inputs()[0].name: point[None]})[0][0]
        if query.holds({net.source: [*map(Fraction, point.tolist())], net.sink: [*map(Fraction, scores.tolist())]}):
            said = "sat\\n(" + "".join(f" (X_{i} {v!r})" for i, v in enumerate(point.tolist())) + ")"
            break
open(out, "w").write(said)
"""


def main() -> int:
    chosen = _arguments()
    place = chosen.work / "benchmark"
    answers = chosen.work / "results" / "tool"
    for old in (place, answers.parent):
        shutil.rmtree(old, ignore_errors=True)
    generate(chosen.folder, place, chosen.seed, chosen.python)
    prepare(place / chosen.track)
    run(chosen.tool, place, chosen.track, answers, chosen.limit, chosen.most)
    return score(place, answers, chosen.track)


def generate(folder: Path, place: Path, seed: int, python: str) -> None:
    """Copy a folder and rewrite its queries; the truth of the seed comes with it and is kept from the tool by its place."""
    shutil.copytree(folder, place)
    command = [python, "-I", str(place / "generate_properties.py"), str(seed)]
    subprocess.run(command, check=True)
    print(f"generated: seed {seed}, {sum(1 for _ in place.rglob('*.vnnlib'))} queries")


def prepare(track: Path) -> None:
    """Pack every file as organisers do, and unpack it again: what comes back must be what went in."""
    for path in [*track.glob("onnx/*.onnx"), *track.glob("vnnlib/*.vnnlib")]:
        content = path.read_bytes()
        packed = path.with_name(f"{path.name}.gz")
        packed.write_bytes(gzip.compress(content))
        path.write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()


def run(tool: str, place: Path, track: str, answers: Path, limit: float | None, most: int | None) -> None:
    """Run the tool on every instance and keep `results.csv` and gzipped counterexamples in a competition's layout."""
    home = answers / "2026_benchmark"
    home.mkdir(parents=True)
    verifier = verifier_named(tool)
    instances = read_instances(place / track / "instances.csv")[:most]
    lines = []
    for number, (onnx, vnnlib, stated) in enumerate([*instances[:1], *instances]):
        said, shown = verifier(_networks(place / track, onnx), place / track / vnnlib, limit or stated)
        if number == 0:  # the warm-up: another benchmark's name in real tables
            lines.append(f"test,test/onnx/test_nano.onnx,test/vnnlib/test_nano.vnnlib,0.0,{said},0.0")
            continue
        word = answer_word(said) or said
        if word == "sat" and shown:
            name = f"{stem(onnx)}_{stem(vnnlib)}.counterexample.gz"
            (home / name).write_bytes(gzip.compress(shown.encode()))
        lines.append(f"benchmark,{onnx},{vnnlib},0.0,{word},1.0")
    (answers / "results.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"run: {len(instances)} instances and a warm-up")


def _networks(track: Path, onnx: str) -> Path:
    """Return the path of a network; two of them are given as they stand in the list, relative to the track."""
    return Path(onnx) if ";" in onnx else track / onnx


def score(place: Path, answers: Path, track: str) -> int:
    tracks = read_tracks(place)
    truth = {key: row for name in sorted(tracks, reverse=True) for key, row in tracks[name].items()}
    found, home = read_results(answers / "results.csv", truth)
    verdict = judge(found, place, home, track, held=True)
    points = RIGHT * len(verdict.right) + WRONG * (len(verdict.wrong) + len(verdict.unconfirmed))
    kept = ("verdict", "right_sat", "right_unsat", "unsound", "false_alarms", "unconfirmed", "unknown", "missing", "foreign")
    print(json.dumps({"points": points, **{name: verdict.summary()[name] for name in kept}}))
    return 1 if verdict.wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="folder for the copy and the results")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--track", default="")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--tool", default="")
    parser.add_argument("--limit", type=float)
    parser.add_argument("--most", type=int)
    chosen = parser.parse_args()
    if not chosen.tool:
        chosen.work.mkdir(parents=True, exist_ok=True)
        script = chosen.work / "sampler.py"
        script.write_text(SAMPLER, encoding="utf-8")
        chosen.tool = f"{sys.executable} {script} {{onnx}} {{vnnlib}} {{timeout}} {{out}}"
    return chosen


if __name__ == "__main__":
    sys.exit(main())
