"""What was fitted against what is predicted: every label right, or one line and status 2; never a wrong label."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import dump_svmlight_file, load_iris, load_wine

from logwidth.cli import main

ROWS = {"iris": slice(0, 150, 5), "wine": slice(0, 178, 6)}
FIT = ("--ratio", "0.4", "--no-bracket", "--quiet", "--pieces", "cover", "--effort", "low")


def source(name: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return features and labels of a real data set, a few rows of every class: texts for iris, integers for wine."""
    bunch = {"iris": load_iris, "wine": load_wine}[name](as_frame=True)
    labels = pd.Series([str(bunch.target_names[k]) for k in bunch.target]) if name == "iris" else bunch.target + 1
    rows = ROWS[name]
    return bunch.data.iloc[rows].reset_index(drop=True), labels.iloc[rows].reset_index(drop=True).rename("kind")


def write_forms(folder: Path, name: str) -> dict[str, tuple[str, ...]]:
    """Write the data in every form; return, for each, its path and the options with which it is fitted."""
    X, y = source(name)
    table = X.assign(kind=y)

    def at(file: str) -> str:
        return str(folder / file)

    table.to_csv(at("plain.csv"), index=False)
    table[["kind", *X.columns]].to_csv(at("first.csv"), index=False)
    table.to_csv(at("index.csv"))
    table.rename_axis("row").to_csv(at("named_index.csv"))
    table[[*X.columns[::-1], "kind"]].to_csv(at("permuted.csv"), index=False)
    table.assign(further=np.arange(len(X)) % 3)[[*X.columns, "further", "kind"]].to_csv(at("extra.csv"), index=False)
    table.drop(columns=X.columns[1]).to_csv(at("missing.csv"), index=False)
    X.to_csv(at("unlabelled.csv"), index=False)
    table[["kind", *X.columns]].to_csv(at("bare.data"), index=False, header=False)
    X.to_csv(at("bare_unlabelled.data"), index=False, header=False)
    X.set_axis(range(X.shape[1]), axis=1).to_csv(at("numbered.csv"), index=False)
    table.rename(columns={"kind": "truth"}).to_csv(at("other_label.csv"), index=False)
    table[["kind", *X.columns[1:]]].to_csv(at("bare_missing.data"), index=False, header=False)
    table.to_csv(at("comma.csv"), index=False, sep=";", decimal=",")
    table.to_csv(at("tab.tsv"), index=False, sep="\t")
    table.to_csv(at("packed.csv.gz"), index=False)
    table.to_parquet(at("t.parquet"), index=False)
    codes = y.astype("category").cat.codes.to_numpy()
    dump_svmlight_file(X.to_numpy(), codes, at("t.libsvm"), zero_based=False)
    lines = ["@relation t", *(f"@attribute '{c}' numeric" for c in X.columns)]
    lines += [f"@attribute kind {{{','.join(map(str, sorted(set(y))))}}}", "@data", *(_row(r) for r in table.itertuples())]
    (folder / "t.arff").write_text("\n".join(lines) + "\n")
    sparse.save_npz(at("sparse.npz"), sparse.csr_matrix(X.to_numpy()))
    np.save(at("labels.npy"), np.array(y.tolist()))
    np.savez(at("t.npz"), X=X.to_numpy(), y=np.load(at("labels.npy")))
    label = ("--label", "kind")
    return {
        "plain": (at("plain.csv"), *label),
        "first": (at("first.csv"), *label),
        "index": (at("index.csv"), *label),
        "named_index": (at("named_index.csv"), *label, "--index", "row"),
        "permuted": (at("permuted.csv"), *label),
        "extra": (at("extra.csv"), *label),
        "missing": (at("missing.csv"), *label),
        "unlabelled": (at("unlabelled.csv"),),
        "bare": (at("bare.data"), "--label", "0", "--no-header"),
        "bare_unlabelled": (at("bare_unlabelled.data"),),
        "bare_missing": (at("bare_missing.data"), "--label", "0", "--no-header"),
        "numbered": (at("numbered.csv"),),
        "other_label": (at("other_label.csv"), "--label", "truth"),
        "comma": (at("comma.csv"), *label),
        "tab": (at("tab.tsv"), *label),
        "packed": (at("packed.csv.gz"), *label),
        "parquet": (at("t.parquet"), *label),
        "libsvm": (at("t.libsvm"),),
        "arff": (at("t.arff"), *label),
        "sparse": (at("sparse.npz"), "--labels", at("labels.npy")),
        "npz": (at("t.npz"),),
    }


def _row(cells: object) -> str:
    return ",".join(map(str, list(cells)[1:]))


NAMED = ("plain", "first", "index", "permuted", "comma", "tab", "packed", "parquet", "arff")
ARRAYS = ("sparse", "npz")
RIGHT: dict[str, set[str]] = {
    **{form: {*NAMED, "unlabelled"} for form in NAMED},
    "named_index": {*NAMED, "unlabelled", "named_index"},
    "extra": {"extra"},
    "missing": {"missing"},
    "other_label": {"other_label", "unlabelled"},
    "bare": {"bare", "bare_unlabelled", *ARRAYS},
    "bare_missing": {"bare_missing"},
    "libsvm": {"libsvm", *ARRAYS},
    **{form: {*ARRAYS} for form in ARRAYS},
}
"""What was fitted, and which forms then get all their labels; all others are refused."""


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, tuple[str, ...]]]:
    return {name: write_forms(tmp_path_factory.mktemp(name), name) for name in ROWS}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out, err = capsys.readouterr()
    return int(str(stop.value.code)), out, err


INTEGERS = ("plain", "named_index", "extra", "bare", "libsvm", "arff", "npz")  # forms that tell texts from integers

FITTED = [*(("iris", form) for form in RIGHT), *(("wine", form) for form in INTEGERS)]
CASES = [
    *((*case, 3) for case in FITTED),  # by day every third form is predicted, others for other forms, the fitted one too
    *(pytest.param(*case, 1, marks=pytest.mark.slow) for case in FITTED),
]


@pytest.mark.parametrize(("name", "fitted", "step"), CASES)
def test_every_label_is_right_or_the_table_is_refused(forms, tmp_path, capsys, name, fitted, step):
    path, *options = forms[name][fitted]
    status, _, err = run(capsys, "fit", path, *options, *FIT, "--out", str(tmp_path / "r"))
    assert status == 0, err
    _, y = source(name)
    truth = [str(v) for v in (y.astype("category").cat.codes if fitted == "libsvm" else y)]
    for predicted, (other, *_) in list(forms[name].items())[list(forms[name]).index(fitted) % step :: step]:
        status, out, err = run(capsys, "predict", str(tmp_path / "r"), other, "--json")
        if predicted in RIGHT[fitted]:
            assert status == 0, (fitted, predicted, err)
            assert [str(v) for v in json.loads(out)["labels"]] == truth, (fitted, predicted)
        else:
            assert status == 2, (fitted, predicted)
            assert (out, err.count("\n"), err[:10]) == ("", 1, "logwidth: "), (fitted, predicted, err)
    status, _, err = run(capsys, "check", str(tmp_path / "r"), path, *_kept(options))
    assert status == 0, err


def _kept(options: list[str]) -> list[str]:
    """Return the options that say how a file is read, which a run records besides: nothing but that of its labels."""
    return options if "--labels" in options else []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.rename(columns={"ash": "Ash"}), "misses 'ash' and has 'Ash' besides"),
        (lambda t: t.assign(ash=t.ash.astype(str) + "?"), "'ash' holds"),
        (lambda t: t.assign(ash=np.nan), "NaN"),
        (lambda t: t.drop(columns=["ash", "hue"]), "misses 'ash', 'hue'"),
    ],
)
def test_a_refusal_names_the_column(forms, tmp_path, capsys, change, words):
    path, *options = forms["wine"]["plain"]
    assert run(capsys, "fit", path, *options, *FIT, "--out", str(tmp_path / "r"))[0] == 0
    X, y = source("wine")
    change(X.assign(kind=y)).to_csv(tmp_path / "other.csv", index=False)
    status, out, err = run(capsys, "predict", str(tmp_path / "r"), str(tmp_path / "other.csv"))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert words in err


def test_by_position_is_the_users_word_for_it(forms, tmp_path, capsys):
    path, *options = forms["wine"]["plain"]
    assert run(capsys, "fit", path, *options, *FIT, "--out", str(tmp_path / "r"))[0] == 0
    other = forms["wine"]["bare_unlabelled"][0]
    assert run(capsys, "predict", str(tmp_path / "r"), other)[0] == 2
    status, out, _ = run(capsys, "predict", str(tmp_path / "r"), other, "--by-position", "--json")
    assert (status, json.loads(out)["labels"]) == (0, source("wine")[1].tolist())
    assert run(capsys, "predict", str(tmp_path / "r"), forms["wine"]["bare"][0], "--by-position")[0] == 2


def test_a_column_that_holds_nothing_but_labels_leaves_a_doubt(tmp_path, capsys):
    """As many columns as features: the labels' column and a missing feature, or features one of which looks like labels?"""
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 2, 3], 6)
    table = np.column_stack([labels, labels * 10 + rng.random(18), rng.random(18), rng.random(18)])
    np.savetxt(tmp_path / "t.data", table, delimiter=",", fmt="%.6g")
    np.savetxt(tmp_path / "u.data", table[:, :3], delimiter=",", fmt="%.6g")
    assert run(capsys, "fit", str(tmp_path / "t.data"), "--label", "0", *FIT, "--out", str(tmp_path / "r"))[0] == 0
    assert run(capsys, "predict", str(tmp_path / "r"), str(tmp_path / "t.data"))[0] == 0
    status, _, err = run(capsys, "predict", str(tmp_path / "r"), str(tmp_path / "u.data"))
    assert status == 2
    assert "column 0 holds nothing but labels" in err


def test_the_network_file_and_the_summary_name_the_columns(forms, tmp_path, capsys):
    import onnx

    path, *options = forms["iris"]["first"]
    assert run(capsys, "fit", path, *options, *FIT, "--out", str(tmp_path / "r"))[0] == 0
    words = {p.key: p.value for p in onnx.load(tmp_path / "r" / "network.onnx").metadata_props}
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    names = list(source("iris")[0].columns)
    assert json.loads(words["feature_names"]) == summary["feature_names"] == names
    assert words["label_name"] == summary["label_name"] == "kind"
    for change in ({"feature_names": names[::-1]}, {"label_name": "else"}, {"columns": {"names": names}}):
        (tmp_path / "r" / "summary.json").write_text(json.dumps(summary | change))
        status, out, _ = run(capsys, "check", str(tmp_path / "r"))
        assert (status, "summary.json states another" in out.replace("\n", " ")) == (1, True)


def mixed(seed: int = 0) -> pd.DataFrame:
    """Return measurements in millimetres and grams, text, a few missing cells and labels."""
    rng = np.random.default_rng(seed)
    kind = np.repeat([0, 1, 2], 12)
    return pd.DataFrame(
        {
            "bill_mm": (np.array([38.0, 48.0, 46.0])[kind] + rng.normal(0, 2.5, 36)).round(1),
            "mass_g": (np.array([3700.0, 3730.0, 5070.0])[kind] + rng.normal(0, 300, 36)).round(0),
            "island": np.array(["Dream", "Biscoe", "Torgersen"])[rng.integers(0, 3, 36)],
            "species": np.array(["Adelie", "Chinstrap", "Gentoo"])[kind],
        }
    )


def test_text_and_missing_cells_become_part_of_the_run(tmp_path, capsys):
    table = mixed()
    table.loc[[3, 20], "mass_g"] = np.nan
    path = str(tmp_path / "birds.csv")
    table.to_csv(path, index=False)
    for options, words in ((), "--one-hot"), (("--one-hot",), "missing"), (("--one-hot", "--drop-missing"), ""):
        status, _, err = run(capsys, "fit", path, *options, *FIT, "--standardize", "--out", str(tmp_path / "r"))
        assert (status == 2, words in err) == (bool(words), True)
    status, out, err = run(capsys, "predict", str(tmp_path / "r"), path, "--json", "--radii")
    found = json.loads(out)
    truth = [None if i in (3, 20) else name for i, name in enumerate(table.species)]
    assert (status, found["labels"]) == (0, truth)
    assert "2 rows have a missing cell" in err
    assert [radius > 0 for radius in found["radii"]] == [label is not None for label in truth]
    assert run(capsys, "check", str(tmp_path / "r"))[0] == 0
    assert run(capsys, "check", str(tmp_path / "r"), path)[0] == 0
    table.assign(island="Elsewhere").to_csv(path, index=False)
    status, out, err = run(capsys, "predict", str(tmp_path / "r"), path)
    assert (status, out) == (2, "")
    assert "'island' holds 'Elsewhere' in row 0; its values are 'Biscoe', 'Dream', 'Torgersen'" in err


def test_the_file_of_a_standardized_run_takes_the_features_as_they_are(tmp_path, capsys):
    import onnxruntime

    table = mixed().drop(columns="island")
    path = str(tmp_path / "birds.csv")
    table.to_csv(path, index=False)
    assert run(capsys, "fit", path, "--standardize", *FIT, "--out", str(tmp_path / "r"))[0] == 0
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    certificate = json.loads((tmp_path / "r" / "certificate.json").read_text())
    scales = np.array(summary["feature_scales"])
    assert certificate["feature_scales"] == scales.tolist()
    assert "(x - x_i) / feature_scales" in certificate["claim"]
    assert summary["file_takes"] == "features as they are"
    assert summary["radius_per_feature"] == (summary["radius"] * scales).tolist()
    X = table[["bill_mm", "mass_g"]].to_numpy()
    assert (np.abs(np.log2(scales / X.std(axis=0))) <= 0.5).all()
    session = onnxruntime.InferenceSession(tmp_path / "r" / "network.onnx")
    rng = np.random.default_rng(1)
    way = rng.normal(size=(50, *X.shape))
    way *= 0.999 * summary["radius"] / np.linalg.norm(way, axis=2, keepdims=True)
    for moved in (np.zeros_like(X), *way):  # the ball in scaled features, in the units of the file
        (output,) = session.run(None, {"X": (X + moved * scales).astype(np.float32)})
        assert [["Adelie", "Chinstrap", "Gentoo"][int(v)] for v in output[:, 0]] == table.species.tolist()
    status, out, _ = run(capsys, "attack", str(tmp_path / "r"), "--evaluations", "2000", "--json")
    found = json.loads(out)
    assert (status, found["label_changes"]) == (0, 0)
    assert all(lower <= upper for lower, upper in zip(found["radius_lower"], found["radius_upper"], strict=True))
    status, _, err = run(capsys, "fuse", str(tmp_path / "r"))
    assert status == 0, err
    fused = onnxruntime.InferenceSession(tmp_path / "r" / "network_fused.onnx")
    (output,) = fused.run(None, {"X": X.astype(np.float32)})
    assert [["Adelie", "Chinstrap", "Gentoo"][int(v)] for v in output[:, 0]] == table.species.tolist()
    assert run(capsys, "check", str(tmp_path / "r"))[0] == 0


def test_what_is_neither_a_file_nor_a_data_set_is_answered_with_what_there_is(capsys):
    status, out, err = run(capsys, "fit", "no-such-thing")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "no-such-thing': use digits, iris" in err


@pytest.fixture
def scaled_run(tmp_path, capsys):
    """Return the folder of a run on standardized measurements, and the table."""
    table = mixed().drop(columns="island")
    table.to_csv(tmp_path / "birds.csv", index=False)
    folder = tmp_path / "r"
    assert run(capsys, "fit", str(tmp_path / "birds.csv"), "--standardize", *FIT, "--out", str(folder))[0] == 0
    return folder, table


def test_the_checker_in_one_file_proves_standardized_runs_and_refuses_other_scales(scaled_run, tmp_path):
    import subprocess
    import sys

    import onnx

    folder, table = scaled_run
    X = table[["bill_mm", "mass_g"]].to_numpy()
    np.savez(tmp_path / "d.npz", X=X, y=np.array(table.species.tolist()))
    tool = Path(__file__).parents[2] / "tools" / "check_logwidth.py"
    command = [sys.executable, str(tool), str(folder), str(tmp_path / "d.npz")]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    model = onnx.load(folder / "network.onnx")
    scales = next(p for p in model.metadata_props if p.key == "feature_scales")
    right = json.loads(scales.value)
    for wrong in ([right[0] / 2, right[1]], [right[0], 3.0], [2 * right[0], 2 * right[1]], [right[0], 0.0]):
        scales.value = json.dumps(wrong)
        onnx.save(model, folder / "network.onnx")
        assert subprocess.run(command, check=False, capture_output=True).returncode != 0


def test_other_scales_than_those_of_the_network_are_refused(scaled_run, capsys):
    import hashlib

    import onnx

    from logwidth.certify.sealed import seal

    folder, _ = scaled_run
    body = json.loads((folder / "certificate.json").read_text())
    assert body.pop("digest")
    good = (folder / "network.onnx").read_bytes()
    right = body["feature_scales"]
    for wrong in ([2 * right[0], right[1]], [right[0] / 2, right[1] / 2], None):
        model = onnx.load_from_string(good)
        words = {p.key: p for p in model.metadata_props}
        if wrong is None:
            model.metadata_props.remove(words["feature_scales"])
        else:
            words["feature_scales"].value = json.dumps(wrong)
        content = model.SerializeToString()
        (folder / "network.onnx").write_bytes(content)
        forged = body | {"network_sha256": hashlib.sha256(content).hexdigest()}
        (folder / "certificate.json").write_text(seal(forged))
        status, out, _ = run(capsys, "check", str(folder))
        assert status == 1, wrong
        assert "scales" in out


def test_pictures_are_predicted_as_they_were_fitted(tmp_path, capsys):
    from PIL import Image

    rng = np.random.default_rng(0)
    for kind in range(2):
        (tmp_path / "train" / f"c{kind}").mkdir(parents=True)
        for k in range(4):
            pixels = rng.integers(0, 256, (3, 5), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "train" / f"c{kind}" / f"{k}.png")
    train = str(tmp_path / "train")
    assert run(capsys, "fit", train, "--scale", "255", *FIT, "--out", str(tmp_path / "r"))[0] == 0
    truth = ["c0"] * 4 + ["c1"] * 4
    status, out, _ = run(capsys, "predict", str(tmp_path / "r"), train, "--json")
    assert (status, json.loads(out)["labels"]) == (0, truth)
    for path, label in ((str(tmp_path / "train" / "c1"), ["c1"] * 4), (str(tmp_path / "train" / "c0" / "2.png"), ["c0"])):
        status, out, err = run(capsys, "predict", str(tmp_path / "r"), path, "--json")
        assert (status, json.loads(out)["labels"]) == (0, label), err
    Image.fromarray(rng.integers(0, 256, (5, 3), dtype=np.uint8)).save(tmp_path / "turned.png")
    status, out, err = run(capsys, "predict", str(tmp_path / "r"), str(tmp_path / "turned.png"))
    assert (status, out) == (2, "")
    assert "the network takes images of 5 × 3 pixels, grey, not 3 × 5" in err


def test_the_proven_checker_refuses_networks_that_divide_their_features(scaled_run, capsys):
    folder, _ = scaled_run
    status, out, err = run(capsys, "export-proof", str(folder))
    assert (status, out, err.count("\n")) == (3, "", 1)
    assert "without --standardize" in err


@pytest.mark.parametrize("options", [("--scale", "3"), ("--standardize",)])
def test_what_was_left_after_conflicts_is_checked_as_it_was_kept(tmp_path, capsys, options):
    table = mixed().drop(columns="island")
    table.loc[1] = [*table.iloc[0, :-1], "Gentoo"]
    table.to_csv(tmp_path / "birds.csv", index=False)
    folder = str(tmp_path / "r")
    command = ("fit", str(tmp_path / "birds.csv"), *options, "--drop-conflicts", *FIT, "--out", folder)
    assert run(capsys, *command)[0] == 0
    status, out, err = run(capsys, "check", folder, f"{folder}/data.npz")
    assert status == 0, out + err
