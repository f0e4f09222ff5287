"""The page of a run: self-contained, well-formed, escaped, and saying what the files say."""

import base64
import json
import re
import shutil
import struct
import zlib
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pytest

import logwidth as lw
from logwidth.cli import main
from logwidth.display import down, summary_rows
from logwidth.pipeline import facts_of_run, lower
from logwidth.report import run_page
from logwidth.report.page.radii import picture, side_of

VOID = {"meta", "img", "rect", "path", "circle", "br", "input"}


class Strict(HTMLParser):
    """Refuses tags that do not close, scripts other than the page's own, and everything that a browser would fetch."""

    def __init__(self, page):
        super().__init__()
        self.open, self.words, self.images, self.scripts = [], [], [], []
        self.feed(page)
        assert self.open == []
        own = [files("logwidth.report.page").joinpath(name).read_text().strip() for name in ("atlas.json", "explorer.js")]
        assert self.scripts in ([], own)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        assert tag not in {"link", "iframe", "object", "form"}
        assert not any(name.startswith("on") or name in {"href", "srcset", "xlink:href"} for name in values)
        assert values.get("src", "data:").startswith("data:")
        if tag == "img":
            assert values["alt"]
            self.images.append(values)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] == ["script"]:
            self.scripts.append(data.strip())
        else:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def ended(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("runs") / "iris & <b>co"
    lw.memorize(lw.load("iris"), ratio=0.5, pieces="all", bracket=True).save(target)
    return target


@pytest.fixture(scope="module")
def facts(folder):
    return facts_of_run(folder)


def test_the_page_says_what_the_files_say(folder, facts):
    page = run_page(facts)
    text = Strict(page).text
    summary = json.loads((folder / "summary.json").read_text())
    certificate = facts.certificate
    assert "logwidth: iris & <b>co" in text
    for words in (
        "150 of 150 balls are stored as certified, 0 as falsified, 0 as undecided.",
        f"needed {summary['width_lower']}",
        f"built {summary['width']}",
        f"paper {summary['paper_width']}",
        certificate.claim[1:],
        "IEEE 754 float32",
        certificate.network_sha256,
        certificate.data_sha256,
        "logwidth check RUN",
        "distances are in the ℓ2 norm (Euclidean) of the features",
        *(summary_rows(summary)[3][2].split()[0], down(certificate.radius)),  # the table and the first sentence agree
    ):
        assert words in text
    assert "http" not in page
    assert "url(" not in page
    assert "@import" not in page
    assert page == run_page(facts_of_run(folder))


def test_what_comes_from_outside_is_escaped(facts):
    evil = "<script>alert(1)</script>\x07\"'&"
    pair = replace(facts.pairs[0], labels=(evil, evil))
    square = replace(pair, points=(np.zeros(16), np.ones(16)))
    for pairs in ((pair,), (square,)):
        summary = {**facts.summary, "construction": evil, "width": evil, "ratio": evil}
        page = Strict(run_page(replace(facts, name=evil, summary=summary, pairs=pairs)))
        assert len(page.scripts) == 2
        text = page.text
        assert "<script>alert(1)</script>" in text


def test_what_is_not_certified_is_not_called_so(facts):
    certificate = facts.certificate
    status = certificate.status.copy()
    status[:3] = 1, 2, 2
    page = run_page(replace(facts, certificate=replace(certificate, status=status)))
    assert "147 of 150 balls are stored as certified, 1 as falsified, 2 as undecided." in Strict(page).text
    assert 'class="verdict"' in page
    assert 'class="verdict holds"' in run_page(facts)


def test_the_width_that_exists_is_read_off_a_certified_network_and_nothing_else(folder, facts, tmp_path):
    assert facts.exists == lw.open_run(folder).summary["map_rank"] + 1
    assert f"a network of width {facts.exists} exists in exact arithmetic" in Strict(run_page(facts)).text
    copy = tmp_path / "run"
    shutil.copytree(folder, copy)
    summary = json.loads((copy / "summary.json").read_text())
    (copy / "summary.json").write_text(json.dumps({**summary, "map_rank": 1}))
    assert facts_of_run(copy).exists == facts.exists
    status = facts.certificate.status.copy()
    status[0] = 2
    open_ball = replace(facts.certificate, status=status)
    (copy / "certificate.json").write_text(open_ball.to_json())
    found = facts_of_run(copy)
    assert found.exists is None
    assert "Between needed and built nothing is known." in Strict(run_page(found)).text


def test_where_both_ends_meet_the_page_says_the_least_width(facts):
    width = facts.summary["width"]
    met = {**facts.summary, "width_lower": width}
    words = f"Needed and built meet: the least width of this data set is {width}"
    assert words in Strict(run_page(replace(facts, summary=met))).text
    status = facts.certificate.status.copy()
    status[0] = 2
    open_ball = replace(facts.certificate, status=status)
    for other in (
        facts,
        replace(facts, summary={**met, "width_lower": width - 1}),
        replace(facts, summary={**met, "certified": 149}),
        replace(facts, summary=met, certificate=open_ball),
    ):
        assert "Needed and built meet" not in Strict(run_page(other)).text


@pytest.mark.parametrize(
    ("data", "ratio", "norm", "why"),
    [
        (lw.load("rings"), 0.6, 2, "(T18): width at least 4."),
        (lw.Dataset([[0.0], [1.0], [2.0]], [0, 1, 0]), 0.5, np.inf, "(T3' for k = 1): width at least 2."),
        (lw.Dataset(np.eye(4), [0, 1, 2, 3]), 0.9, 2, "(T1, T2): width at least 3 for radii from"),
    ],
    ids=["linked", "line", "weights"],
)
def test_the_page_says_why_the_width_needed_is_needed_and_what_the_built_one_rests_on(data, ratio, norm, why, tmp_path):
    run = lw.memorize(data, ratio=ratio, norm=norm, bracket=True)
    run.save(tmp_path / "run")
    facts = facts_of_run(tmp_path / "run")
    text = Strict(run_page(facts)).text
    built = f"Built: width {run.network.width}, {run.summary['construction']}:"
    claim = run.width_certificate.claim[1:]
    for words in (why, claim, built, f"certificate.json says of {data.n_samples} of {data.n_samples} balls"):
        assert words in text
    assert "Built: width" not in Strict(run_page(replace(facts, needed=None))).text


def test_a_lower_bound_of_another_run_is_refused_by_the_page(tmp_path):
    run = lw.memorize(lw.Dataset(np.eye(4), [0, 1, 2, 3]), ratio=0.9, bracket=True)
    run.save(tmp_path / "run")
    own = run.width_certificate
    others = {
        "radius and norm": replace(own, radius_excluded=1e3),
        "proves": replace(own, rank=own.rank + 1),
        "other data": replace(own, data_sha256="0" * 64),
    }
    for words, other in others.items():
        (tmp_path / "run" / "width_certificate.json").write_text(other.to_json())
        with pytest.raises(lw.InputError, match=words):
            facts_of_run(tmp_path / "run")


@pytest.mark.parametrize("lower", [np.zeros(150), np.full(150, -1.0), np.full(150, 1e-300), np.geomspace(1e-9, 1e9, 150)])
@pytest.mark.parametrize("upper", [np.full(150, np.inf), np.full(150, np.nan), np.geomspace(1e-3, 1e12, 150)])
def test_every_shape_of_radii_can_be_drawn(facts, lower, upper):
    certificate = replace(facts.certificate, radius_lower=lower)
    page = run_page(replace(facts, certificate=certificate, attack=(lower, upper)))
    assert f"{int(np.isfinite(upper).sum()):,} samples" in Strict(page).text
    assert "nan" not in re.findall(r"<svg.*?</svg>", page, re.S)[1]
    assert ('class="found"' in page) == bool(np.isfinite(upper).any())


def test_a_missing_summary_and_missing_data_are_said(facts):
    page = Strict(run_page(replace(facts, summary={}, pairs=None, worst=None, mark=None, curve=None)))
    assert "not computed" in page.text
    assert "could not be loaded" in page.text
    assert page.scripts == []


def test_the_run_is_marked_at_its_width_and_at_no_more_than_its_ratio_in_the_euclidean_unit(folder, facts):
    summary = json.loads((folder / "summary.json").read_text())
    width, ratio = facts.mark
    assert width == summary["width"]
    assert 0.4999999 < ratio <= 2 * Fraction(facts.certificate.radius) / Fraction(lw.separation(lw.load("iris")).lower)
    page = run_page(facts)
    assert f"this run, for its own data: width {width}, ratio {ratio:.6g} " in Strict(page).text
    assert len(re.findall('<circle class="run"', page)) == 4  # two pictures and their legends


def test_a_run_in_another_norm_is_marked_in_the_unit_of_the_diagram(tmp_path):
    data = lw.load("iris")
    lw.memorize(data, ratio=0.5, norm="inf", bracket=False).save(tmp_path / "r")
    found = facts_of_run(tmp_path / "r")
    assert found.worst.norm == float("inf")
    assert found.mark[1] == 2 * found.certificate.radius / lw.separation(data, norm=2).upper < 0.5


def test_without_a_curve_simple_maps_are_shown_and_what_the_run_proved(tmp_path):
    run = lw.memorize(lw.load("iris"), ratio=0.9, bracket=True)
    facts = facts_of_run(run.save(tmp_path / "r"))
    summary, curve = facts.summary, facts.curve
    assert [row["map_rank"] for row in curve.rows] == [1, 2, 3, 4]
    assert all(row["pca"] == lw.pca_map(lw.load("iris"), row["map_rank"]).ratio_lower for row in curve.rows)
    assert curve.built == (summary["map_rank"], summary["map_ratio_lower"])
    assert curve.excluded == (2, pytest.approx(0.9))
    assert curve.excluded[0] + 1 == summary["width_lower"]
    text = Strict(run_page(facts)).text
    assert "principal components" in text
    assert "(certificates)" not in text


def test_a_width_certificate_that_does_not_hold_is_not_drawn(tmp_path):
    run = lw.memorize(lw.load("iris"), ratio=0.9, bracket=True)
    folder, known = run.save(tmp_path / "r"), run.width_certificate
    forged = replace(known, radius=known.radius / 2)
    (folder / "width_certificate.json").write_text(forged.to_json())
    with pytest.raises(lw.InputError, match="does not hold"):
        facts_of_run(folder)


def test_a_kept_curve_is_proven_again_and_shown(capsys, folder, facts, tmp_path, monkeypatch):
    monkeypatch.setattr(lower, "FEWER_CELLS", 500)
    rows = lw.ratio_curve(lw.load("iris"), [1], out=tmp_path / "curve")
    assert facts_of_run(folder, curve=tmp_path / "curve").curve.rows == list(rows)
    assert ended(capsys, "report", folder, "--curve", tmp_path / "curve", "--out", tmp_path / "c.html")[0] == 0
    assert "(certificates)" in Strict((tmp_path / "c.html").read_text()).text
    forged = json.loads((tmp_path / "curve" / "rank-1.json").read_text())
    (tmp_path / "curve" / "rank-1.json").write_text(json.dumps({**forged, "radius": 0.01}))
    status, _, err = ended(capsys, "report", folder, "--curve", tmp_path / "curve", "--out", tmp_path / "d.html")
    assert (status, "rank-1.json" in err, (tmp_path / "d.html").exists()) == (2, True, False)
    label = json.loads((tmp_path / "curve" / "curve.json").read_text())
    (tmp_path / "curve" / "curve.json").write_text(json.dumps({**label, "data_sha256": "0"}))
    assert "other data" in ended(capsys, "report", folder, "--curve", tmp_path / "curve")[2]
    assert "holds no curve" in ended(capsys, "report", folder, "--curve", tmp_path / "nothing")[2]
    assert not (tmp_path / "nothing").exists()


def test_pictures_are_the_samples():
    point = np.arange(16.0)
    drawn = Strict(picture(point, (0.0, 15.0), "row 3")).images[0]
    content = base64.b64decode(drawn["src"].removeprefix("data:image/png;base64,"))
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (4, 4)
    size = struct.unpack(">I", content[33:37])[0]
    rows = np.frombuffer(zlib.decompress(content[41 : 41 + size]), dtype=np.uint8).reshape(4, 5)
    assert (rows[:, 0] == 0).all()
    np.testing.assert_array_equal(rows[:, 1:].ravel(), np.arange(16) * 17)


@pytest.mark.parametrize(("n", "side"), [(1, None), (4, None), (9, None), (15, None), (16, 4), (64, 8), (784, 28)])
def test_only_squares_are_pictures(n, side):
    assert side_of(n) == side


def test_the_command_writes_it_and_shows_attacks(capsys, folder):
    status, out, _ = ended(capsys, "report", folder, "--json")
    assert status == 0
    assert json.loads(out) == {"report": str(folder / "report.html"), "certified": 150, "falsified": 0, "undecided": 0}
    np.savez(folder / "witnesses.npz", radius_lower=np.ones(150), radius_upper=np.full(150, 2.0))
    status, _, _ = ended(capsys, "report", folder, "iris", "--out", folder / "two.html")
    assert status == 0
    assert "(outlined, 150 samples)" in Strict((folder / "two.html").read_text()).text
    for content in (b"no archive", b""):
        (folder / "witnesses.npz").write_bytes(content)
        status, _, err = ended(capsys, "report", folder)
        assert status == 2
        assert "run logwidth attack again" in err
    np.savez(folder / "witnesses.npz", radius_lower=np.ones(3), radius_upper=np.ones(3))
    assert ended(capsys, "report", folder)[0] == 2
    (folder / "witnesses.npz").unlink()


def test_files_that_do_not_belong_together_are_refused(capsys, folder, tmp_path):
    assert ended(capsys, "report", tmp_path)[0] == 2
    assert "not those that the run" in ended(capsys, "report", folder, "wine")[2]
    other = tmp_path / "other"
    other.mkdir()
    for name in ("certificate.json", "summary.json"):
        (other / name).write_bytes((folder / name).read_bytes())
    (other / "network.onnx").write_bytes((folder / "network.onnx").read_bytes() + b"\0")
    assert "digest differs" in ended(capsys, "report", other)[2]


@pytest.mark.parametrize("command", ["report", "attack", "predict"])
def test_an_altered_certificate_is_a_failed_check_in_one_line(capsys, folder, tmp_path, command):
    for path in folder.iterdir():
        if path.suffix in {".json", ".onnx"}:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    certificate = tmp_path / "certificate.json"
    certificate.write_text(certificate.read_text().replace("for every sample", "for any sample"))
    status, out, err = ended(capsys, command, tmp_path, *(["iris"] if command == "predict" else []))
    assert (status, out) == (1, "")
    assert err.strip().startswith("logwidth: certificate.json was altered")
    assert "\n" not in err.strip()


def first_sentence(page):
    return re.search(r'<p class="gain">(.*?)</p>', page)[1]


def test_the_first_sentence_says_how_far_a_sample_may_move(facts):
    certificate = facts.certificate
    page = run_page(facts)
    assert page.index('class="gain"') < page.index('class="verdict')
    said = re.match(
        r"Each of the 150 samples keeps its label when it moves by up to ([\d.e-]+) in any direction\.", first_sentence(page)
    )
    assert 0 <= certificate.radius - float(said[1]) <= 1e-5 * certificate.radius
    half = float(re.search(r"Half of them may move by ([\d.e-]+) or more\.", first_sentence(page))[1])
    assert (certificate.radius_lower >= half).sum() >= 75


@pytest.mark.parametrize(
    ("norm", "scales", "words"),
    [
        (2.0, None, " in any direction"),
        (2.0, (2.0, 1.0), " in any direction of its scaled features"),
        (np.inf, None, " in every feature at once"),
        (np.inf, (2.0, 1.0), " in every scaled feature at once"),
        (1.0, None, ", summed over the changes of all features"),
        (3.0, None, " in the ℓ3 distance of its features"),
    ],
)
def test_the_first_sentence_names_what_the_radius_measures(facts, norm, scales, words):
    certificate = replace(facts.certificate, norm=norm, feature_scales=scales)
    assert f"{words}." in first_sentence(run_page(replace(facts, certificate=certificate)))


@pytest.mark.parametrize(
    ("lost", "words"), [(3, "147 of the 150 samples keep their label when they move by up to "), (150, "nothing is claimed")]
)
def test_the_first_sentence_claims_nothing_of_what_is_not_certified(facts, lost, words):
    status = facts.certificate.status.copy()
    status[:lost] = 2
    page = run_page(replace(facts, certificate=replace(facts.certificate, status=status)))
    assert words in first_sentence(page)
    assert "Each of" not in first_sentence(page)
    assert ("the other 3 are not certified" in first_sentence(page)) is (lost == 3)


def drawings(page):
    """Every drawing of the page with what stands in its figure, the explorer's left out: its script draws it."""
    return [
        part for part in re.findall(r"<figure>(.*?)</figure>", page, re.DOTALL) if "<svg" in part and "explorer-" not in part
    ]


@pytest.mark.parametrize("attacked", [False, True])
def test_every_drawing_has_titles_of_axes_and_a_legend_for_every_kind_of_bar(facts, attacked):
    radii = (facts.certificate.radius_lower, 2 * facts.certificate.radius_lower) if attacked else None
    found = drawings(run_page(replace(facts, attack=radii)))
    assert len(found) >= 4
    for part in found:
        drawn, _, legend = part.partition("</svg>")
        kinds = set(re.findall(r'<(?:rect|circle) class="([\w ]+)"', drawn))
        shown = set(re.findall(r'<(?:path|circle) class="(?:line )?([\w ]+)"', legend))
        assert kinds, part[:200]
        assert kinds <= shown, kinds - shown
        assert re.search(r'text-anchor="middle">(?:width|rank|radius)[\w ()]*</text>', drawn)
        assert ("samples</text>" in drawn) is ("radius of a sample" in drawn)
    assert any("radius of a sample</text>" in part for part in found)
    assert ('class="found"' in "".join(found)) is attacked


def test_widths_have_one_answer_on_the_page(folder, facts):
    """Networks over a map of rank k: k + 2 beside this run's own width, and what a theorem promises."""
    summary = json.loads((folder / "summary.json").read_text())
    beside = summary["width"] - summary["map_rank"]
    text = Strict(run_page(facts)).text
    assert (
        f"this run's, {summary['construction']}, takes {summary['width']} over rank {summary['map_rank']}, k + {beside}."
        in text
    )
    assert "have width k + 2" not in text
    assert 'class="promised"' in drawings(run_page(facts))[0]
    without = drawings(run_page(replace(facts, exists=None)))[0]
    assert 'class="promised"' not in without
    assert 'class="open"' in without


def test_numbers_of_the_run_are_the_same_in_table_and_legends(folder, facts):
    summary = json.loads((folder / "summary.json").read_text())
    text = Strict(run_page(facts)).text
    assert f"ratio 2σ/δ {summary['ratio']:g} " in text
    assert re.search(rf"this run, for its own data: width {summary['width']}, ratio {summary['ratio']:g}(?![\d.])", text)
    (kept,) = re.findall(r"keeping ([\d.]+) of δ", text)
    assert f"this run's map: rank {summary['map_rank']} keeps {kept} " in text
