r"""Answers of verifiers on a small benchmark with proven answers: raw/verifiers.jsonl, and its figure raw/verifiers.svg.

    logwidth vnncomp digits --out small --pieces 6,12,24,48 --rank 4 --mixes 2 --idle 4 --seed 1 \
        --instances 48 --balls 6 --centres 6
    logwidth judge marabou.csv --benchmark small --verifier marabou --limit 60      # and ibp.csv, crown.csv
    python benchmarks/verifiers.py small marabou.csv ibp.csv crown.csv

raw/verifiers_tiny.jsonl is the same of five tools on a folder that is easier:

    logwidth vnncomp digits --out tiny --pieces 3,4,5,6 --rank 3 --mixes 1 --idle 2 --seed 2 \
        --instances 60 --balls 0 --centres 8
    python benchmarks/verifiers.py tiny marabou.csv vibecheck.csv nnenum.csv crown.csv ibp.csv --name verifiers_tiny

The tables may come from different environments: auto_LiRPA needs torch.
"""

import argparse
import json
from pathlib import Path

from lines import RAW
from logwidth.report.curves import difficulty_figure, difficulty_rows
from logwidth.verifiers import judge
from logwidth.verifiers.answers import read_answers
from logwidth.verifiers.judge import read_truth


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("tables", type=Path, nargs="+")
    parser.add_argument("--name", default="verifiers")
    chosen = parser.parse_args()
    folder, tables = chosen.folder, chosen.tables
    truth, lines, right = read_truth(folder), [], {}
    for table in tables:
        found = judge(read_answers(table), folder, table.parent)
        right[table.stem] = found.right
        sorts = {"right": found.right, "unsound": found.unsound, "false alarm": found.false_alarms}
        sorts |= {"unconfirmed": found.unconfirmed, "undecided": found.undecided}
        for verdict, answers in sorts.items():
            for answer in answers:
                row = truth[answer.key]
                known = {name: row[name] for name in ("answer", "closeness", "epsilon", "certified_radius", "depth", "pgd")}
                said = {"said": answer.result, "verdict": verdict, "seconds": round(answer.seconds, 3)}
                lines.append({"tool": table.stem, "onnx": answer.key[0], "vnnlib": answer.key[1], **said, **known})
    lines.sort(key=lambda line: (line["tool"], line["onnx"], line["vnnlib"]))
    (RAW / f"{chosen.name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    asked = {key: row for key, row in truth.items() if row["kind"] != "ball"}
    (RAW / f"{chosen.name}.svg").write_bytes(difficulty_figure(difficulty_rows(right, asked), ".svg"))


if __name__ == "__main__":
    main()
