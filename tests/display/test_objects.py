"""Every public object says on one short line what it is, and results show a small table of the same facts."""

import inspect
import sys
import typing
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify.runs.stored_run import run_line
from logwidth.display import OneLine
from logwidth.display.fields import one_line
from logwidth.report import summary_rows

MOST = 400
LONG = "many words " * 200 + "\n<b>"


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    """One of each public class, and of each class that a public function returns."""
    data = lw.load("iris")
    run = lw.memorize(data, ratio=0.5, bracket=True, effort="low")
    folder = run.save(tmp_path_factory.mktemp("runs") / "iris")
    points = data.points[:5]
    form, values = lw.recognise(run.network), data.values[data.labels[:5]]
    line = lw.Dataset([[0.0], [1.0], [2.0]], [0, 1, 0], name=LONG[:50])
    narrow = lw.width_bracket(line, ratio=0.5)
    fusion = lw.fuse(run.network, form)
    found = lw.memorize(data, ratio=0.5, pieces="cover", bracket=True, effort="low")
    made = [
        data,
        lw.separation(data),
        run,
        run.summary,
        lw.Request(0.5, construction=LONG, start=run.map),
        run.network,
        lw.AffineLayer.from_dense(np.ones((50, 50)), np.zeros(50)),
        lw.PreservingMap(np.eye(64)[:16], 2.0, 1.0, 0.5, "search"),
        run.certificate,
        found.pieces_certificate,
        lw.open_run(folder),
        lw.check(folder),
        lw.attack_run(folder, evaluations=200),
        lw.certify(run.network, data, 10 * run.certificate.radius),
        form,
        fusion,
        fusion.network,
        lw.two_sided_radii(form, points, values, (run.certificate.radius, 2.0)),
        narrow,
        narrow.certificate,
        lw.ratio_bracket(data, 4),
        lw.WidthCertificate(2.0, 14, 9.0, 0.99, np.arange(2000).reshape(-1, 2), np.ones(1000), "0" * 64),
        lw.ratio_curve(data, [1, 2]),
        lw.diagram(1000, 50),
        lw.runtime_of(),
        lw.replay(run, points=100),
        lw.confirmed(run, data.points),
        lw.compare(data, ratio=0.3, constructions=["register"]),
        lw.RobustMemorizer(ratio=0.5, construction="register", width=1000),
        lw.PreservingProjection(rank=3),
        lw.Outcome.CERTIFIED,
    ]
    return {type(each): each for each in made if each is not None}


def public_classes():
    """Public classes that hold something, and those that public functions say they return."""
    values = [getattr(lw, name) for name in lw.__all__]
    returned = [typing.get_type_hints(value).get("return") for value in values if inspect.isfunction(value)]
    classes = {value for value in [*values, *returned] if inspect.isclass(value)}
    own = {value for value in classes if value.__module__.startswith("logwidth.")}
    return {value for value in own if not (issubclass(value, BaseException) or getattr(value, "_is_protocol", False))}


def test_one_of_each_is_built_here(objects):
    """A public class that is added must be built above, where the length of its line is looked at."""
    assert {value.__name__ for value in public_classes()} - {kind.__name__ for kind in objects} == set()


def test_every_object_is_one_short_line(objects):
    long = {kind.__name__: len(repr(each)) for kind, each in objects.items() if len(repr(each)) >= MOST}
    assert long == {}
    assert [kind.__name__ for kind, each in objects.items() if "\n" in repr(each) and kind.__name__ != "Outcome"] == []


def test_the_line_of_a_run_says_what_one_wants_to_know(objects):
    run = objects[lw.Run]
    said = repr(run)
    facts = ("iris", "150 of 150 samples certified", "ratio 0.5", f"width {run.network.width}", "float32")
    assert [fact for fact in (*facts, f"depth {run.network.depth}") if fact not in said] == []
    assert repr(objects[lw.StoredRun]) == said.replace("Run(", "StoredRun(", 1)


def test_a_line_stays_short_whatever_a_file_or_a_caller_says(objects):
    stored = objects[lw.StoredRun]
    line = run_line(stored.network, stored.certificate, {"data_name": LONG, "ratio": LONG})
    model = lw.RobustMemorizer(construction=LONG, checkpoint=LONG, resume=LONG, dtype=LONG)
    assert len(repr(model)) < MOST
    assert len(repr(lw.Dataset([[0.0], [1.0]], [0, 1], name=LONG))) < MOST
    for text in (one_line("StoredRun", line), one_line("X", [LONG] * 50), repr(lw.CheckReport((LONG,) * 9, 0, 0, 0, LONG))):
        assert len(text) < MOST
        assert "\n" not in text


class Cells(HTMLParser):
    """The text of the cells of a table, and the tags met."""

    def __init__(self, html):
        super().__init__()
        self.cells, self.tags, self.stack = [], set(), []
        self.feed(html)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.stack.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] in ("td", "th"):
            self.cells[-1] += data


def test_notebooks_show_the_facts_of_the_terminal(objects):
    shown = [each for each in objects.values() if hasattr(each, "_repr_html_") and isinstance(each, OneLine)]
    wanted = {"Run", "StoredRun", "Certificate", "CheckReport", "AttackReport", "WidthBracket", "RatioBracket"}
    assert wanted <= {type(each).__name__ for each in shown}
    for each in shown:
        table = Cells(each._repr_html_())
        assert table.tags == {"table", "caption", "tbody", "tr", "th", "td"}
        assert table.cells == [" ".join(cell.split("\n")) for row in each.facts() for cell in row]
    run = objects[lw.Run]
    assert run.facts() == summary_rows(run.summary)
    assert objects[lw.StoredRun].facts() == summary_rows(run.summary)


def test_what_comes_from_outside_is_escaped():
    evil = "<script>alert(1)</script>&"
    page = lw.CheckReport((evil,), 0, 1, 0, evil, data=evil)._repr_html_()
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&amp;") == 4


def test_bounds_in_a_line_are_rounded_to_their_side():
    narrow = lw.PreservingMap(np.eye(2), 2.0, 1.0, 0.99999999, "search")
    assert "keeps 0.999999 of" in repr(narrow)
    empty = np.empty((0, 2), dtype=np.int64), np.empty(0)
    assert "ratio 0.900001" in repr(lw.WidthCertificate(2.0, 3, 0.5, 0.90000001, *empty, ""))


PICTURES = [
    lw.Run, lw.StoredRun, lw.Certificate, lw.TwoSidedRadii, lw.AttackReport, lw.WidthBracket, lw.RatioBracket, lw.Curve,
    lw.Diagram,
]  # fmt: skip


@pytest.fixture
def axes():
    figure = pytest.importorskip("matplotlib.figure").Figure()
    return figure.subplots()


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_are_drawn_into_the_axes_that_are_given(kind, objects, axes):
    assert objects[kind].plot(ax=axes) is axes
    assert axes.get_xlabel()
    assert axes.get_legend() is not None
    axes.figure.canvas.draw()


def test_every_class_with_a_picture_is_drawn_here(objects):
    assert {kind for kind in objects if hasattr(kind, "plot")} == set(PICTURES)


def test_pictures_count_every_sample(objects, axes):
    run = objects[lw.Run]
    run.plot(axes)
    assert sum(bar.get_height() for bar in axes.containers[0]) == run.certificate.status.size
    (line,) = (line for line in axes.lines if "claimed" in line.get_label())
    assert line.get_xdata()[0] == run.certificate.radius


@pytest.mark.parametrize(
    ("lower", "upper", "parts"), [(3, 5, [(0.5, 2.5), (2.5, 4.5), (4.5, 7.0)]), (1, 3, [(0.5, 2.5), (2.5, 4.2)])]
)
def test_a_bracket_shows_where_its_ends_are(lower, upper, parts, objects, axes):
    drawn = replace(objects[lw.WidthBracket], lower=lower, upper=upper).plot(axes)
    bars = [bar for group in drawn.containers for bar in group]
    assert [(bar.get_x(), pytest.approx(bar.get_x() + bar.get_width())) for bar in bars] == parts


@pytest.mark.parametrize("kind", PICTURES)
def test_without_matplotlib_one_line_names_the_extra(kind, objects, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(lw.MissingExtraError, match=r"logwidth\[plot\]"):
        objects[kind].plot()


def test_a_picture_of_its_own_is_a_figure_that_notebooks_show(objects):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    axes = objects[lw.Certificate].plot()
    assert axes.figure.number in pyplot.get_fignums()
    pyplot.close(axes.figure)
