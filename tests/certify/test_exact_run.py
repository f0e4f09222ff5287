"""Runs with networks of exact numbers: proven from their files alone, read strictly, used by the commands."""

import json

import numpy as np
import pytest

import logwidth as lw
from kit import FAMILIES
from logwidth.certify import Outcome, certify_exactly, open_exact_run, read_exact_network
from logwidth.certify.exact_networks import reader
from logwidth.certify.sealed import seal
from logwidth.cli import main
from logwidth.errors import InputError
from logwidth.export import exact_network_file
from logwidth.pipeline import memorize_exactly

HEAD = '{"format": "logwidth exact network 1", "n_inputs": 2, "classes": ["a", "b"], "layers": '
GOOD = HEAD + '[["1p0 0:1p0 1:-5p-2", "0"], ["1p-1 0:3p4"]]}'


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    return lw.Dataset(rng.normal(size=(9, 2)), ["left", "right", "up"] * 3)


@pytest.fixture(scope="module")
def run(data):
    return memorize_exactly(data)


@pytest.fixture
def folder(run, tmp_path):
    return run.save(tmp_path / "run")


def test_a_run_is_proven_from_its_files(folder, run, data):
    report = lw.check(folder, data)
    assert report.passed
    assert (report.certified, report.falsified, report.undecided) == (9, 0, 0)
    summary = json.loads((folder / "summary.json").read_text())
    for name in ("width", "depth", "bits_per_weight"):
        assert summary[name] == summary[f"formula_{name}"]
    assert summary["total_bits"] == summary["n_entries"] * run.network.bits


def test_what_is_written_is_what_is_read_number_for_number(run):
    stored = read_exact_network(run.content)
    assert stored.network.layers == run.network.layers
    assert exact_network_file(stored.network, stored.classes, stored.metadata) == run.content


def test_labels_are_those_of_the_network_and_none_far_away(folder, data):
    opened = open_exact_run(folder)
    assert opened.class_indices(data.points).tolist() == data.labels.tolist()
    assert opened.class_indices(np.full((1, 2), 1e6)).tolist() == [-1]


def test_no_labels_come_of_an_altered_network(folder, data, capsys):
    path = folder / "network.json"
    path.write_text(path.read_text() + " ")
    np.savez(folder / "x.npz", X=data.points, y=data.original_labels())
    for command, status, stream in (("predict", "2", "err"), ("check", "1", "out")):
        with pytest.raises(SystemExit, match=status):
            main([command, str(folder), str(folder / "x.npz")])
        assert "network.json is not the network that was certified" in getattr(capsys.readouterr(), stream)


def test_a_larger_ratio_is_refused_with_the_largest_one(data):
    limit = run_limit = 1 / (5 * 9 * 2**0.5)
    assert memorize_exactly(data, ratio=0.99 * limit).certificate.holds
    with pytest.raises(InputError, match=f"up to 1/\\(5 N sqrt\\(d\\)\\) = {run_limit:.6f}"):
        memorize_exactly(data, ratio=1.01 * limit)


def test_data_of_too_many_samples_are_refused_before_any_work():
    points = np.random.default_rng(0).normal(size=(1000, 3000))
    with pytest.raises(InputError, match=r"at least 288,\d+ layers and numbers of at least 96,\d+ bits, too many to build"):
        memorize_exactly(lw.Dataset(points, np.arange(1000) % 2))


def test_a_flipped_digit_in_the_file_fails_the_check_by_digest_and_by_proof(folder, run, data):
    content = run.content.decode()
    at = max(content.replace('"', " ").split(), key=len)  # the longest number: a word
    planted = content.replace(at, at[:-8] + ("1" if at[-8] == "0" else "0") + at[-7:], 1)
    (folder / "network.json").write_text(planted)
    report = lw.check(folder, data)
    assert not report.passed
    assert "digest" in report.problems[0]
    found = certify_exactly(read_exact_network(planted.encode()), planted.encode(), data, run.certificate.radius)
    assert found.count(Outcome.FALSIFIED) > 0


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("radius", 1.0, "another outcome"),
        ("status", [1] * 9, "another outcome"),
        ("status", [0] * 8, "speaks"),
    ],
)
def test_a_certificate_that_says_other_than_what_is_found_fails(folder, data, name, value, word):
    body = json.loads((folder / "certificate.json").read_text())
    body.pop("digest")
    body[name] = value
    if name == "radius":
        body["claim"] = body["claim"].replace(repr(json.loads((folder / "summary.json").read_text())["radius"]), "1.0")
    (folder / "certificate.json").write_text(seal(body))
    report = lw.check(folder, data)
    assert not report.passed
    assert word in " ".join(report.problems)


@pytest.mark.parametrize("name", ["width", "bits_per_weight", "total_bits", "n_entries", "ratio", "certified"])
def test_a_summary_that_states_another_number_fails(folder, data, name):
    summary = json.loads((folder / "summary.json").read_text())
    summary[name] *= 2
    (folder / "summary.json").write_text(json.dumps(summary))
    assert name in lw.check(folder, data).problems[0]


def test_other_data_fail(folder, data):
    other = lw.Dataset(data.points + 1, data.original_labels())
    assert "the data are not those" in lw.check(folder, other).problems[0]


def test_other_class_names_fail(folder, data):
    other = lw.Dataset(data.points, [{"up": "down"}.get(name, name) for name in data.original_labels()])
    planted = (folder / "certificate.json").read_text().replace(data.sha256, other.sha256)
    body = json.loads(planted)
    body.pop("digest")
    (folder / "certificate.json").write_text(seal(body))
    assert lw.check(folder, other).problems == ("the class names in network.json are not those of the data",)


def test_a_file_of_an_earlier_version_says_nothing_of_columns(folder, run, data):
    earlier = json.loads(run.content)
    earlier.pop("metadata")
    content = json.dumps(earlier).encode()
    (folder / "network.json").write_bytes(content)
    certificate = certify_exactly(read_exact_network(content), content, data, run.certificate.radius)
    (folder / "certificate.json").write_text(certificate.to_json())
    summary = json.loads((folder / "summary.json").read_text()) | {"network_sha256": certificate.network_sha256}
    (folder / "summary.json").write_text(json.dumps(summary | {"columns": {"divisor": 4.0}}))
    assert lw.check(folder, data).passed
    assert open_exact_run(folder).columns.divisor == 4.0


def test_the_reader_takes_its_own_form():
    assert read_exact_network(GOOD.encode()).network.bits == 6


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"1p0 0:1p0', '"2p0 0:1p0'),
        ('"1p0 0:1p0', '"01p0 0:1p0'),
        ('"1p0 0:1p0', '"1p00 0:1p0'),
        ('"1p0 0:1p0', '"1p-0 0:1p0'),
        ('"1p0 0:1p0', '"1p99999999 0:1p0'),
        ('"1p0 0:1p0', '"Fp0 0:1p0'),
        ("0:1p0 1:", "0:0 1:"),
        ("0:1p0 1:", "1:1p0 1:"),
        ("0:1p0 1:", "00:1p0 1:"),
        ("1:-5p-2", "2:-5p-2"),
        ("1:-5p-2", "1;-5p-2"),
        ('"0"]', "0]"),
        ('"0"]', '""]'),
        ('["1p-1 0:3p4"]', '["1p-1 0:3p4", "0"]'),
        ('["1p-1 0:3p4"]', "[]"),
        (', ["1p-1 0:3p4"]', ""),
        ('"layers"', '"metadata": [], "layers"'),
        ('"layers"', '"metadata": {"columns": {}}, "layers"'),
        ('"n_inputs": 2', '"n_inputs": true'),
        ('"n_inputs": 2', '"n_inputs": 2, "n_inputs": 2'),
        ('"n_inputs": 2', '"n_inputs": 2, "more": 2'),
        ('["a", "b"]', "[]"),
        ("network 1", "network 2"),
        ("}", ""),
    ],
)
def test_the_reader_refuses_every_other_form(old, new):
    assert GOOD.count(old) >= 1
    with pytest.raises(InputError, match=r"network\.json"):
        read_exact_network(GOOD.replace(old, new, 1).encode())


def test_a_small_file_of_huge_numbers_is_not_read_on(monkeypatch):
    content = GOOD.replace("1:-5p-2", "1:-5p-200").encode()  # one denominator for all: three numbers of 200 bits
    monkeypatch.setattr(reader, "MOST_BITS", 700)
    assert read_exact_network(content).network.depth == 1
    monkeypatch.setattr(reader, "MOST_BITS", 400)
    with pytest.raises(InputError, match="layer 1: the numbers of this file take more than 400 bits"):
        read_exact_network(content)


def test_it_stands_in_a_comparison_where_its_theorem_serves_the_ratio(data):
    rows = lw.compare(data, ratio=0.01, constructions=["register", "lattice-paper"])
    assert [row["status"] for row in rows] == ["built", "built"]
    assert (rows[1]["dtype"], rows[1]["certified_fraction"], rows[1]["radius"]) == ("exact", 1.0, rows[0]["radius"])
    rows = lw.compare(data, ratio=0.5, constructions=["register", "lattice-paper"])
    assert "serves ratios up to" in rows[1]["reason"]


def test_the_commands_build_check_and_predict(data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.savez("mine.npz", X=data.points, y=np.array(data.original_labels()))

    def said(line, status=0):
        with pytest.raises(SystemExit) as ended:
            main(line.split())
        assert ended.value.code == status
        return capsys.readouterr()

    found = json.loads(said("fit mine.npz --construction lattice-paper --out run --json --quiet").out)
    assert (found["certified"], found["dtype"], found["depth"]) == (9, "exact", found["formula_depth"])
    assert json.loads(said("check run --json --quiet").out)["passed"]
    assert json.loads(said("check run mine.npz --json --quiet").out)["passed"]
    labels = json.loads(said("predict run mine.npz --json --quiet").out)["labels"]
    assert labels == data.original_labels()
    told = json.loads(said("fit mine.npz --construction lattice-paper --out run --explain --json --quiet").out)[
        "explanation"
    ]
    assert f"numbers of {found['bits_per_weight']} bits" in " ".join(told)
    assert "replaced" in said("fit mine.npz --construction lattice-paper --out run --quiet").err
    for line, word in [
        ("fit mine.npz --construction lattice-paper --ratio 0.5 --out run --force", "serves ratios up to"),
        ("fit mine.npz --construction lattice-paper --norm inf --out other", "leave out --norm"),
        ("fit mine.npz --construction lattice-paper --dtype float64 --out other", "leave out --dtype"),
        (
            "fit mine.npz --construction lattice-paper --max-weight 9 --smallest --out other",
            "--max-weight, --smallest",
        ),
        ("fit mine.npz --construction lattice-paper --radius max --out other", "leave out --radius max"),
        ("predict run mine.npz --radii", "no radii"),
        ("attack run", "only check and predict read it"),
        ("report run", "only check and predict read it"),
        ("replay run", "only check and predict read it"),
    ]:
        assert word in said(line, 2).err


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_all_kinds_of_data_are_certified_up_to_the_largest_ratio(name):
    data = FAMILIES[name]()
    run = memorize_exactly(data)
    assert run.certificate.holds
    assert (run.network.depth, run.network.width) == (run.shape.depth, run.shape.width)
    assert run.network.entries == run.shape.entries_built
    assert run.stored.class_indices(data.points).tolist() == data.labels.tolist()
