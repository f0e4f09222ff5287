"""A good run passes its check; a run in which anything was changed fails it and says why."""

import contextlib
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import kit
import logwidth as lw
from logwidth.certify import read_onnx
from logwidth.certify.runs.certificate import EARLIER_FLOAT_MODELS
from logwidth.certify.sealed import _digest
from logwidth.cli import main
from logwidth.dataset import Dataset
from logwidth.errors import InputError

POINTS = kit.cloud("check", 12, 3, 3)
DATA = Dataset(POINTS.points, [("ant", "bee", "cat")[c] for c in POINTS.labels])


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return lw.memorize(DATA, ratio=0.9, pieces="all").save(tmp_path_factory.mktemp("runs") / "good")


@pytest.fixture
def run(good, tmp_path):
    return Path(shutil.copytree(good, tmp_path / "run"))


def _fails(run, words, data=DATA):
    report = lw.check(run, data)
    assert report.passed is False
    wrong = (*report.problems, *report.unproven)
    assert any(words in problem for problem in wrong), wrong


def _edit(run, name, change):
    path = run / name
    body = json.loads(path.read_text())
    change(body)
    if name == "certificate.json":
        body["digest"] = _digest({key: value for key, value in body.items() if key != "digest"})
    path.write_text(json.dumps(body))


def _edit_network(run, change, *, sign=True):
    """Change the stored network; a forger also renews every digest."""
    model = onnx.load(run / "network.onnx")
    change(model)
    content = model.SerializeToString(deterministic=True)
    (run / "network.onnx").write_bytes(content)
    if sign:
        digest = hashlib.sha256(content).hexdigest()
        _edit(run, "certificate.json", lambda body: body.update(network_sha256=digest))
        _edit(run, "summary.json", lambda body: body.update(network_sha256=digest))


def _add_to(name, place, amount):
    def change(model):
        tensor = next(t for t in model.graph.initializer if t.name == name)
        values = numpy_helper.to_array(tensor).copy()
        values[place] += np.float32(amount)
        tensor.CopyFrom(numpy_helper.from_array(values, name))

    return change


def test_a_good_run_passes(good):
    report = lw.check(good, DATA)
    assert report.passed
    assert report.problems == ()
    assert (report.certified, report.falsified, report.undecided) == (12, 0, 0)
    assert "exactly the label value" in report.claim
    assert report.data == f"data, 12 samples, 3 features, 3 classes, SHA-256 {DATA.sha256}"


@pytest.mark.slow
def test_iris_is_loaded_again_from_its_source(tmp_path):
    assert lw.check(lw.memorize(lw.load("iris"), ratio=0.9).save(tmp_path / "iris")).passed


@pytest.mark.parametrize("name", ["collapse", "register"])
def test_every_construction_passes(tmp_path, name):
    run = lw.memorize(DATA, ratio=0.8, construction=name).save(tmp_path / "run")
    assert lw.check(run, DATA).passed


def test_a_rounded_reading_passes(tmp_path):
    run = lw.memorize(DATA, ratio=0.8, construction="telescope", dtype="float64").save(tmp_path / "run")
    report = lw.check(run, DATA)
    assert report.passed
    assert "rounded to the nearest" in report.claim


def test_the_radius_may_be_stored_for_any_norm(tmp_path, good):
    """A certificate for ℓ∞ balls inside the ℓ2 balls, bound by hand."""
    content = (good / "network.onnx").read_bytes()
    found = lw.certify(read_onnx(content).network, DATA, 0.1, norm="inf")
    certificate = lw.Certificate.bind(found, DATA, content, (0.1, np.inf), "float32")
    run = tmp_path / "inf"
    run.mkdir()
    (run / "network.onnx").write_bytes(content)
    (run / "certificate.json").write_text(certificate.to_json())
    report = lw.check(run, DATA)
    assert report.certified == 12
    assert "||x - x_i||_inf <= 0.1" in report.claim


# --- damage without care: digests tell


@pytest.mark.parametrize(("name", "place"), [("W1", (0, 0)), ("b1", (0,)), ("W3", (-1, -1)), ("b5", (2,))])
def test_one_changed_weight_fails(run, name, place):
    _edit_network(run, _add_to(name, place, 2.0**-10), sign=False)
    _fails(run, "network.onnx is not the network that was certified")


def test_no_command_takes_labels_from_another_network_than_the_certified_one(run, capsys):
    np.savez(run / "x.npz", X=DATA.points, y=DATA.original_labels())
    _edit_network(run, _add_to("b3", (-2,), 2.0**-10), sign=False)
    words = "is not the network that was certified: its digest differs"
    for use in (lw.open_run, lambda folder: lw.predict(folder, DATA.points)):
        with pytest.raises(InputError, match=words):
            use(run)
    for line in (("predict", run, run / "x.npz"), ("fuse", run), ("fuse", run, run / "x.npz"), ("export-proof", run),
                 ("report", run), ("export", run, "--c")):  # fmt: skip
        with pytest.raises(SystemExit, match="2"):
            main([str(word) for word in line])
        assert words in capsys.readouterr().err
    with pytest.raises(SystemExit, match="1"):
        main(["check", str(run), str(run / "x.npz")])
    assert words in capsys.readouterr().out


def test_one_changed_byte_of_the_network_fails_or_cannot_be_read(run):
    content = bytearray((run / "network.onnx").read_bytes())
    for place in range(7, len(content), len(content) // 40):
        content[place] ^= 1
        (run / "network.onnx").write_bytes(bytes(content))
        with contextlib.suppress(InputError):
            assert not lw.check(run, DATA).passed
        content[place] ^= 1
    (run / "network.onnx").write_bytes(bytes(content))
    assert lw.check(run, DATA).passed


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_truncated_network_is_an_input_error(run, share):
    content = (run / "network.onnx").read_bytes()
    (run / "network.onnx").write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError):
        lw.check(run, DATA)


@pytest.mark.parametrize("name", ["network.onnx", "certificate.json"])
def test_a_missing_file_is_an_input_error(run, name):
    (run / name).unlink()
    with pytest.raises(InputError, match="cannot read"):
        lw.check(run, DATA)


def test_a_changed_label_or_value_of_the_data_fails(run):
    labels = DATA.original_labels()
    labels[3] = "bee" if labels[3] != "bee" else "cat"
    _fails(run, "the data are not those", Dataset(DATA.points, labels))
    points = DATA.points.copy()
    points[5, 1] = np.nextafter(points[5, 1], np.inf)
    _fails(run, "the data are not those", Dataset(points, DATA.original_labels()))
    order = np.r_[1, 0, 2:12]
    _fails(run, "the data are not those", Dataset(DATA.points[order], [DATA.original_labels()[i] for i in order]))
    _fails(run, "the data are not those", Dataset(DATA.points[:, :2] + np.arange(12)[:, None], DATA.original_labels()))


def test_an_edited_certificate_fails_by_its_digest(run):
    path = run / "certificate.json"
    path.write_text(path.read_text().replace('"reason": ""', '"reason": " "'))
    _fails(run, "certificate.json was altered")


# --- forgery with care: digests renewed, only the proof tells


@pytest.mark.parametrize(("name", "place", "amount"), [("b3", (-2,), 3.0), ("b12", (0,), 1.0), ("W13", (0, 0), 1.0)])
def test_a_forged_network_is_not_proven(run, name, place, amount):
    _edit_network(run, _add_to(name, place, amount))
    assert not lw.check(run, DATA).passed


def _grow(body):
    body["radius"] *= 1.2
    body["claim"] = body["claim"].replace(repr(body["radius"] / 1.2), repr(body["radius"]))


def _claim_more(body):
    _grow(body)
    body["radius_lower"] = [max(r, body["radius"]) for r in body["radius_lower"]]


FORGERIES = {
    "a larger radius for all": (_claim_more, "stored as certified at radius"),
    "a larger radius": (_grow, None),
    "a larger proven radius": (
        lambda b: b["radius_lower"].__setitem__(0, b["radius_lower"][0] * 1.0001),
        "larger than what",
    ),
    "a radius with another label in it": (
        lambda b: b["radius_lower"].__setitem__(0, b["radius_lower"][0] * 1.5),
        "is false",
    ),
    "a larger constant": (lambda b: b["constants"].update(rate=b["constants"]["rate"] * 2), "constants of the rounding"),
    "a constant fewer": (lambda b: b["constants"].pop("lead"), "constants of the rounding"),
    "a constant in words": (lambda b: b["constants"].update(lead="small"), "constants of the rounding"),
    "a witness against itself": (
        lambda b: b["witnesses"].update({"3": {"point": [0.0] * 3, "output": 1.0}}),
        "holds witnesses",
    ),
    "a reason against itself": (lambda b: b.update(reason="it is too deep"), "holds witnesses or a reason"),
    "a norm in other words": (lambda b: b.update(norm="2.0"), "its norm is not what"),
    "a norm that its claim rounds": (lambda b: b.update(norm="1.9999999"), "its claim is not what"),
    "a promise more": (lambda b: b.update(note="the radius is 100"), "its note is not what"),
    "a smaller proven radius": (lambda b: b["radius_lower"].__setitem__(0, b["radius_lower"][0] / 2), "summary.json states"),
    "an undecided sample": (lambda b: b["status"].__setitem__(0, 2), "not stored as certified"),
    "a falsified sample": (lambda b: b["status"].__setitem__(0, 1), "not stored as certified"),
    "an unknown status": (lambda b: b["status"].__setitem__(0, 7), "not stored as certified"),
    "one sample fewer": (lambda b: b["status"].pop(), "speaks of 11 samples"),
    "another form": (lambda b: b.update(form="tower"), "another form"),
    "another float format": (lambda b: b.update(dtype="float64"), None),
    "another rule": (lambda b: b.update(rule="rounded"), None),
    "another claim": (lambda b: b.update(claim="for every real x the network is right"), "its claim is not what"),
    "another float model": (lambda b: b.update(float_model="bfloat16 as well"), "its float_model is not what"),
    "other data": (lambda b: b.update(data_sha256="0" * 64), "the data are not those"),
    "another network": (lambda b: b.update(network_sha256="0" * 64), "network.onnx is not"),
}


@pytest.mark.parametrize("name", list(FORGERIES))
def test_a_forged_certificate_fails(run, name):
    change, words = FORGERIES[name]
    _edit(run, "certificate.json", change)
    _fails(run, words or "")


def test_the_claim_names_the_norm_that_is_proven(good):
    """Six digits would call balls of p = 1.9999999 l2 balls, which hold more points."""
    content = (good / "network.onnx").read_bytes()
    found = lw.certify(read_onnx(content).network, DATA, 0.1, norm=1.9999999)
    certificate = lw.Certificate.bind(found, DATA, content, (0.1, 1.9999999), "float32")
    assert "||x - x_i||_1.9999999 <= 0.1" in certificate.claim
    assert lw.Certificate.from_json(certificate.to_json()).norm == 1.9999999


def test_radii_beyond_what_is_proven_leave_the_balls_proven(run, capsys):
    """As after a change of the bounds: nothing is refuted, the status is that of an open question."""
    _edit(run, "certificate.json", lambda b: b.update(radius_lower=[r * (1 + 2e-8) for r in b["radius_lower"]]))
    radii = json.loads((run / "certificate.json").read_text())["radius_lower"]
    told = {"radius_lower_min": min(radii), "radius_lower_median": float(np.median(radii))}
    _edit(run, "summary.json", lambda b: b.update(told))
    report = lw.check(run, DATA)
    assert (report.passed, report.radius_proven, report.problems) == (False, True, ())
    assert 1e-8 < report.excess < 3e-8
    np.savez(run / "data.npz", X=DATA.points, y=DATA.original_labels())
    for words in ([], ["--json"]):
        with pytest.raises(SystemExit) as stop:
            main(["check", str(run), str(run / "data.npz"), *words])
        assert stop.value.code == 3
    shown = capsys.readouterr().out
    assert "every ball of the certificate's radius is proven, but the stored radii of 12 samples" in " ".join(shown.split())
    assert json.loads(shown[shown.index("{") :])["radius_proven"] is True


BROKEN = {
    "no radius": lambda b: b.pop("radius"),
    "radius in words": lambda b: b.update(radius="1"),
    "a negative radius": lambda b: b.update(radius=-1.0),
    "a norm below one": lambda b: b.update(norm="0.5"),
    "status in words": lambda b: b.update(status=["good"] * 12),
    "status out of range": lambda b: b.update(status=[300] * 12),
    "status in fractions": lambda b: b.update(status=[0.5] * 12),
    "ragged radii": lambda b: b.update(radius_lower=[[1.0], [1.0, 2.0]]),
    "witnesses as a list": lambda b: b.update(witnesses=[1]),
    "no claim": lambda b: b.pop("claim"),
    "another format": lambda b: b.update(format="certificate 0"),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_certificate_that_is_none_is_refused(run, name):
    _edit(run, "certificate.json", BROKEN[name])
    with contextlib.suppress(InputError):
        assert not lw.check(run, DATA).passed


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', '{"a": NaN}', "[" * 100_000, "\ud800"])
@pytest.mark.parametrize("name", ["certificate.json", "summary.json"])
def test_text_that_is_no_json_object_is_refused(run, name, text):
    (run / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(InputError):
        assert not lw.check(run, DATA).passed


@pytest.mark.parametrize(
    "name",
    ["radius", "delta", "ratio", "norm", "width", "depth", "n_nonzero", "n_samples", "n_features", "n_classes", "certified",
     "falsified", "undecided", "radius_lower_min", "radius_lower_median", "dtype", "label_rule", "data_sha256",
     "network_sha256", "largest_feature"],
)  # fmt: skip
def test_every_checked_number_of_the_summary_counts(run, name):
    def change(body):
        body[name] = body[name] + "x" if isinstance(body[name], str) else body[name] * 1.01 + 1

    _edit(run, "summary.json", change)
    _fails(run, name)


@pytest.mark.parametrize("name", ["certificate.json", "summary.json"])
def test_a_key_that_occurs_twice_is_refused(run, name):
    """Of two radii one reader takes the first and another the last."""
    text = (run / name).read_text()
    (run / name).write_text(text.replace("{", '{"radius": 100.0, ', 1))
    with pytest.raises(InputError, match="a key occurs twice"):
        lw.check(run, DATA)


@pytest.mark.parametrize("key", ["classes", "label_values"])
def test_the_words_of_the_network_file_count(run, key):
    def change(model):
        entry = next(entry for entry in model.metadata_props if entry.key == key)
        entry.value = entry.value.replace("bee", "bat").replace("0", "8").replace("2", "3")

    _edit_network(run, change)
    _fails(run, "in network.onnx are not those")


def test_without_a_recorded_source_the_data_must_be_named(run):
    with pytest.raises(InputError, match="name the DATA to check against"):
        lw.check(run)


def test_with_a_recorded_source_the_data_are_loaded_again_and_compared(tmp_path):
    table = tmp_path / "table.csv"
    rows = [",".join(map(repr, x)) + f",{y}" for x, y in zip(DATA.points.tolist(), DATA.original_labels(), strict=True)]
    table.write_text("\n".join(["a,b,c,kind", *rows]) + "\n")
    run = lw.memorize(lw.load(table), ratio=0.5).save(tmp_path / "run")
    assert lw.check(run).passed
    table.write_text(table.read_text().replace("bee", "cat", 1))
    assert not lw.check(run).passed


@pytest.mark.parametrize("words", EARLIER_FLOAT_MODELS)
def test_a_certificate_in_the_words_of_an_earlier_version_is_read(run, words):
    _edit(run, "certificate.json", lambda b: b.update(float_model=words.format(dtype=b["dtype"])))
    assert lw.check(run, DATA).passed


@pytest.mark.parametrize("words", EARLIER_FLOAT_MODELS)
def test_earlier_words_about_another_format_are_refused(run, words):
    _edit(run, "certificate.json", lambda b: b.update(float_model=words.format(dtype="bfloat16")))
    _fails(run, "its float_model is not what")
