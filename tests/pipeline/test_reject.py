"""`--reject`: runs that say none far from all samples, from the request to the files, and what breaks them."""

import json
from dataclasses import replace

import numpy as np
import pytest

import logwidth as lw
from logwidth.attack import attack_run
from logwidth.certify import open_run
from logwidth.certify.onnx.fused import read_fused_onnx
from logwidth.certify.runs.certificate import Certificate
from logwidth.errors import InputError
from logwidth.network import fused_labels
from logwidth.pipeline import Request
from logwidth.pipeline.c_file import c_of_run
from logwidth.pipeline.fused import fuse_run
from logwidth.pipeline.page import facts_of_run
from logwidth.report.page.page import run_page

DATA = lw.Dataset([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [5.0, 5.0]], ["a", "b", "b", "c"])


@pytest.fixture(scope="module")
def run():
    return lw.memorize(DATA, ratio=0.8, norm="inf", reject=0.6)


@pytest.fixture
def folder(run, tmp_path):
    path = tmp_path / "run"
    lw.memorize(DATA, ratio=0.8, norm="inf", reject=0.6).save(path)
    return path


def test_predict_gives_none_far_away_and_labels_near(run):
    rows = [[0.1, 0.1], [9.0, 9.0], [5.0, 5.3], [0.5, -40.0]]
    assert run.predict(rows).tolist() == ["a", None, "c", None]
    assert run.stored.rejected(rows).tolist() == [False, True, False, True]
    assert run.certified_radius(rows).tolist()[1::2] == [0.0, 0.0]
    assert run.certificate.holds
    assert run.summary.reject == {"radius": 0.6, "value": -1.0, "inputs_upper": run.certificate.rejection.inputs_upper}
    assert "> 0.6 for every sample i, it returns exactly -1.0, which stands for none" in run.certificate.claim
    assert Certificate.from_json(run.certificate.to_json()).rejection == run.certificate.rejection


def test_check_and_attack_try_both_halves(folder):
    assert lw.check(folder, DATA).passed
    report = attack_run(folder, DATA, evaluations=3000)
    assert report.holds
    assert report.far.evaluations == 3000
    assert report.misclassified.size == 0


@pytest.mark.parametrize("change", ["radius", "value", "inputs_upper", "dropped"])
def test_check_refutes_a_certificate_that_states_more(folder, change):
    path = folder / "certificate.json"
    certificate = Certificate.from_json(path.read_text())
    far = certificate.rejection
    altered = {
        "radius": replace(far, radius=far.radius / 1.4),
        "value": replace(far, value=-2.0),
        "inputs_upper": replace(far, inputs_upper=far.inputs_upper * 2),
        "dropped": None,
    }[change]
    path.write_text(replace(certificate, rejection=altered).to_json())
    report = lw.check(folder, DATA)
    assert not report.passed
    assert report.radius_proven


def test_attack_breaks_a_claim_that_is_false(folder):
    path = folder / "certificate.json"
    certificate = Certificate.from_json(path.read_text())
    path.write_text(replace(certificate, rejection=replace(certificate.rejection, radius=0.41)).to_json())
    report = attack_run(folder, DATA, evaluations=3000)
    assert not report.holds
    assert report.far.changes
    assert report.label_changes == 0
    assert None not in open_run(folder).predict(report.far.broken).tolist()


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"reject": 0.3}, "must exceed the radius"),
        ({"reject": -1.0}, "positive and finite"),
        ({"reject": float("nan")}, "positive and finite"),
        ({"reject": "far"}, "is a number"),
        ({"reject": 0.6, "width": 2}, r"none of width below 3 can"),
        ({"reject": 0.6, "width": 3}, "they have width 4"),
        ({"reject": 0.6, "construction": "register"}, "the label of some class"),
        ({"reject": 0.6, "radius_per_feature": (0.1, 0.1), "ratio": None}, "balls of one radius"),
        ({"reject": 0.6, "max_depth": 3}, "no network of these boxes has depth 3"),
    ],
    ids=["too near", "negative", "nan", "text", "width d", "width d + 1", "register", "per feature", "too shallow"],
)
def test_what_cannot_be_is_refused_in_one_line(wish, text):
    with pytest.raises(InputError, match=text) as found:
        lw.memorize(DATA, **{"ratio": 0.8, "norm": "inf", **wish})
    assert "\n" not in str(found.value)


def test_a_class_called_none_is_refused_and_other_labels_keep_their_kind():
    with pytest.raises(InputError, match="a class is called 'none'"):
        lw.memorize(lw.Dataset([[0.0], [4.0]], ["none", "a"]), ratio=0.5, norm="inf", reject=2.0)
    for labels in ([7, -3], [0.5, 1.5], [True, False], ["x", "y"]):
        run = lw.memorize(lw.Dataset([[0.0], [4.0]], labels), ratio=0.5, norm="inf", reject=1.5)
        assert run.predict([[0.2], [40.0], [3.8]]).tolist() == [labels[0], None, labels[1]]


def test_the_command_line_prints_none(folder, tmp_path, capsys):
    from logwidth.cli.app import main

    rows = tmp_path / "rows.csv"
    rows.write_text("0.1,0.1\n9,9\n")
    for more, read in (([], str.split), (["--json"], json.loads)):
        with pytest.raises(SystemExit) as left:
            main(["predict", str(folder), str(rows), "--no-header", "--by-position", "--quiet", *more])
        assert left.value.code == 0
        expected = ["label", "a", "none"] if not more else {"labels": ["a", None], "rejected": [False, True]}
        assert read(capsys.readouterr().out) == expected


def test_the_estimator_gives_none_too():
    model = lw.RobustMemorizer(norm="inf", ratio=0.5, reject=1.5).fit([[0.0], [4.0]], [3, 8])
    assert model.predict([[0.2], [40.0], [3.8]]).tolist() == [3, None, 8]
    assert model.predict([[0.2]]).dtype.kind == "i"


def test_a_request_says_reject_and_reads_numbers():
    assert repr(Request(ratio=0.9, reject=2)) == "Request(ratio=0.9, reject=2.0)"
    assert np.isclose(Request(reject="0.5").reject, 0.5)


@pytest.mark.parametrize("wish", [{"norm": "inf"}, {"norm": 1, "construction": "balls"}], ids=["boxes", "balls"])
@pytest.mark.parametrize("bracket", [True, False])
def test_a_network_that_rejects_needs_one_unit_more_than_features(tmp_path, wish, bracket):
    """T15a, whatever the data: no lower bound from the data can say as much, and none from T5d holds."""
    run = lw.memorize(DATA, ratio=0.8, reject=0.6, bracket=bracket, **wish)
    assert (run.summary.width_lower, run.width_certificate) == (3, None)
    run.save(tmp_path / "r")
    assert lw.check(tmp_path / "r", DATA).passed
    facts = facts_of_run(tmp_path / "r", DATA)
    assert facts.exists is None
    assert "d + 1, has a label at the samples and none far from them" in run_page(facts)
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    (tmp_path / "r" / "summary.json").write_text(json.dumps({**summary, "width_lower": 4}))
    assert not lw.check(tmp_path / "r", DATA).passed
    plain = lw.memorize(DATA, ratio=0.8, norm="inf")
    plain.save(tmp_path / "p")
    summary = json.loads((tmp_path / "p" / "summary.json").read_text())
    (tmp_path / "p" / "summary.json").write_text(json.dumps({**summary, "width_lower": 3}))
    assert not lw.check(tmp_path / "p", DATA).passed


def test_the_fused_network_says_none_too_and_its_certificate_claims_no_more_than_is_proven(folder):
    far = fuse_run(folder, DATA).rejection
    assert far.holds
    assert (far.radius, far.value) == (0.6, -1.0)
    assert lw.check(folder, DATA).passed
    network = read_fused_onnx((folder / "network_fused.onnx").read_bytes()).network
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(-3, 8, (4000, 2)), far.inputs_upper * rng.choice([-1.0, 1.0], (9, 2))])
    points = points.astype(np.float32).astype(float)
    away = np.abs(points[:, None] - DATA.points).max(axis=2).min(axis=1) > 0.6
    assert 100 < away.sum() < 4000
    assert (fused_labels(network, points[away]) == -1.0).all()
    path = folder / "certificate_fused.json"
    certificate = Certificate.from_json(path.read_text())
    for more in (
        replace(far, radius=0.41),
        replace(far, value=-2.0),
        replace(far, inputs_upper=far.inputs_upper * 2),
        None,
    ):
        path.write_text(replace(certificate, rejection=more).to_json())
        assert not lw.check(folder, DATA).passed


def test_the_c_file_says_which_class_stands_for_none(folder):
    assert "class -1, output -1.0, farther than 0.6 from all samples: certified" in c_of_run(folder, DATA).text
