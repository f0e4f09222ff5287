"""The numbers of a run are typed fields and, in the same order, the keys of `summary.json` and of `fit --json`."""

import dataclasses
import json
import pickle

import numpy as np
import pytest

import logwidth as lw
from logwidth.cli import main

ASKED = ["n_samples", "n_features", "n_classes", "norm", "delta", "radius", "ratio"]
BUILT = [
    "construction",
    "route",
    "map_rank",
    "map_ratio_lower",
    "map_method",
    "width",
    "depth",
    "n_nonzero",
    "n_entries",
    "total_bits",
    "n_pieces",
]
KNOWN = ["pieces", "pieces_lower", "width_lower", "paper_width", "paper_depth", "dtype", "label_rule"]
PROVEN = ["certified", "falsified", "undecided", "radius_lower_min", "radius_lower_median"]
MADE = ["seed", "seconds", "logwidth_version", "data_name", "feature_names", "label_name", "columns", "largest_feature"]
SCALED = ["feature_scales", "radius_per_feature", "radius_unscaled", "file_takes"]
FILES = ["data_source", "data_sha256", "network_sha256"]
OWN = ["radius_mode", "radius_lower_max", "own_share_median"]
REFERENCE = ["formula_depth", "voronoi_width", "voronoi_depth"]
FIRST = [*ASKED, *BUILT, *KNOWN, *PROVEN, *MADE]
DATA = lw.Dataset([[0.0, 0], [4, 0], [-2, 3.5], [-2, -3.5]], [0, 1, 1, 0])
KEYS = {
    "plain": ({"ratio": 0.5}, [*FIRST, *FILES, "effort"]),
    "own radii": ({"radius": "max"}, [*FIRST, *FILES, *OWN, "effort"]),
    "reference": ({"ratio": 0.5, "construction": "sawtooth"}, [*FIRST, *FILES, *REFERENCE, "effort"]),
}


@pytest.mark.parametrize("case", list(KEYS))
def test_the_keys_of_a_run_are_those_of_its_file_in_their_order(case, tmp_path):
    wish, keys = KEYS[case]
    run = lw.memorize(DATA, **wish)
    assert list(run.summary) == keys
    text = (run.save(tmp_path / "run") / "summary.json").read_text(encoding="utf-8")
    assert text == run.summary.to_json() == json.dumps(dict(run.summary), indent=1) + "\n"
    assert json.loads(text) == run.summary == dict(run.summary)
    assert all(getattr(run.summary, key) == run.summary[key] for key in keys)


@pytest.mark.parametrize("options", [[], ["--standardize"]])
def test_fit_prints_and_writes_the_same_object(options, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.savez("mine.npz", X=DATA.points, y=DATA.labels)
    with pytest.raises(SystemExit) as ended:
        main(["fit", "mine.npz", "--ratio", "0.5", "--json", "--quiet", "--out", "run", *options])
    assert not ended.value.code
    said = capsys.readouterr().out
    written = json.loads((tmp_path / "run/summary.json").read_text(encoding="utf-8"))
    assert said == json.dumps(written) + "\n"
    assert list(written) == [*FIRST, *(SCALED if options else []), *FILES, "asked", "effort"]


def test_a_summary_is_frozen_and_what_is_not_known_of_it_is_no_key():
    summary = lw.memorize(DATA, ratio=0.5).summary
    with pytest.raises(dataclasses.FrozenInstanceError):
        summary.width = 2
    with pytest.raises(TypeError):
        summary["width"] = 2
    with pytest.raises(KeyError, match="tried"):
        summary["tried"]
    assert "tried" not in summary
    assert summary.tried is None
    assert summary.get("nothing", 7) == 7
    assert {**summary, "width": 9} == dataclasses.replace(summary, width=9)
    assert pickle.loads(pickle.dumps(summary)) == summary


def test_the_rows_of_a_curve_are_typed_and_plain_in_json():
    curve = lw.ratio_curve(DATA, [1, 2])
    keys = ["width", "map_rank", "norm", "ratio_lower", "ratio_upper", "random", "pca", "paper"]
    assert [list(row) for row in curve] == [keys, keys]
    assert curve[-1].map_rank == curve[-1]["map_rank"] == 2
    assert json.loads(curve.to_json()) == list(curve) == [dict(row) for row in curve]
    with pytest.raises(dataclasses.FrozenInstanceError):
        curve[0].width = 2
