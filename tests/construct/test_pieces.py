"""Fewer pieces than samples: covers and moved pieces serve every ball, by their laws and in exact arithmetic."""

import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.certify import certify
from logwidth.construct import CONSTRUCTIONS, Plan, cover_work
from logwidth.construct.pruning import prune, reach
from logwidth.construct.pruning.assign_and_move import ScoreMover
from logwidth.construct.pruning.cover import _needed, cover_lower, covering_rows
from logwidth.construct.pruning.drop import GENERATIONS, MOST_VAIN, class_means, grown_scores
from logwidth.construct.pruning.problem import PruningProblem
from logwidth.construct.scores.prototypes import all_prototypes

BY_SCORES = [name for name, spec in CONSTRUCTIONS.items() if spec.by_scores]


def grown_prototypes(plan):
    """Moved pieces that begin with one per class, as for data too large for a cover."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prune, "SMALL_COVER", -1.0)
        patch.setattr(prune, "MOST_COVER", -1.0)
        return kit.pruned_prototypes(plan) or all_prototypes(plan)


KINDS = {"cover": kit.covering_prototypes, "least": kit.pruned_prototypes, "grown": grown_prototypes}
FAMILIES = ["plane", "space", "seven classes", "lone and many", "copies", "tiny", "far from zero"]

CASES = [(name, family) for name in BY_SCORES for family in FAMILIES if kit.serves(name, kit.FAMILIES[family]())]


def lumps(seed=0, n=60, classes=3):
    """Samples in a few lumps per class: many are covered by their neighbours."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(2 * classes, 4)) * 6
    which = np.arange(n) % (2 * classes)
    return lw.Dataset(centres[which] + rng.normal(size=(n, 4)), which % classes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ratio", [0.3, 0.8, 0.98])
def test_every_ball_is_served_with_its_gap(kind, ratio):
    plan = kit.plan_of(lumps(), ratio, "float32")
    pieces = KINDS[kind](plan)
    assert kit.shortfall(plan, pieces, plan.matrix).max() <= -pieces.gap * (1 - 1e-6)
    assert set(pieces.classes) == set(plan.labels)
    assert len(pieces.classes) <= len(all_prototypes(plan).classes)


@cache
def pieces_of(family, dtype, kind):
    """The order of a family, and its pieces: the same for all constructions."""
    plan = kit.plan_of(kit.FAMILIES[family](), 0.7, dtype)
    return plan, KINDS[kind](plan)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "family"), CASES)
def test_networks_of_fewer_pieces_are_certified_and_right_in_exact_arithmetic(name, family, kind):
    data, (plan, pieces) = kit.FAMILIES[family](), pieces_of(family, CONSTRUCTIONS[name].dtypes[-1], kind)
    if name == "parallel" and np.bincount(pieces.classes).min() < 2:
        with pytest.raises(lw.InputError, match="two pieces"):
            CONSTRUCTIONS[name].build(replace(plan, prototypes=pieces))
        return
    built = CONSTRUCTIONS[name].build(replace(plan, prototypes=pieces))
    assert built.n_pieces == len(pieces.classes)
    proof = certify(built.network, data, plan.radius)
    assert (proof.status == 0).all()
    for i in range(0, data.n_samples, 2):
        for x in kit.worst_points(data, i, plan.radius):
            output = kit.evaluate_exactly(built.network, x)[0]
            assert kit.reads(output, data.values, proof.rule) == data.values[data.labels[i]]


def test_a_separable_set_comes_out_with_two_pieces():
    rng = np.random.default_rng(3)
    points = rng.normal(size=(80, 5))
    labels = (points @ np.array([1.0, -2.0, 0.5, 0.0, 1.0]) > 0).astype(int)
    points[:, 0] += np.where(labels == 1, 1.0, -1.0)  # a corridor wider than any ball
    labels = (points @ np.array([1.0, -2.0, 0.5, 0.0, 1.0]) > 0).astype(int)
    data = lw.Dataset(points, labels)
    run = lw.memorize(data, ratio=0.5, width=8)
    assert run.certificate.holds
    assert run.summary["n_pieces"] == 2
    assert len(grown_prototypes(kit.plan_of(data, 0.5, "float32")).classes) == 2


def test_a_noisy_code_book_grows_no_more_pieces_than_it_has_words():
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2, size=(60, 24)).astype(float)
    labels = np.arange(3000) % 60
    data = lw.Dataset(words[labels] + 0.05 * rng.normal(size=(3000, 24)), labels)
    plan = kit.plan_of(data, 0.6, "float32")
    pieces = grown_prototypes(plan)
    assert len(pieces.classes) == 60
    assert kit.shortfall(plan, pieces, plan.matrix).max() <= 0


@pytest.mark.parametrize("ratio", [0.3, 0.8, 0.95])
def test_no_sample_of_a_greedy_cover_can_be_left_out(ratio):
    plan = kit.plan_of(lumps(4), ratio, "float32")
    problem, rows = PruningProblem.of(plan), covering_rows(PruningProblem.of(plan))
    for label in range(problem.n_classes):
        own = np.flatnonzero(problem.labels == label)
        table = table_of_covers(problem, label)[np.isin(own, rows)]
        assert table.any(axis=0).all()
        for t in range(len(table)):
            assert not np.delete(table, t, axis=0).any(axis=0).all()


def test_what_later_choices_made_needless_is_left_out():
    lists = [np.array(covered) for covered in ([0, 1, 2, 3], [0, 1, 4], [2, 3, 5], [3], [4], [5])]
    assert _needed([0, 1, 2], lists) == [1, 2]
    assert _needed([1, 2], lists) == [1, 2]
    assert _needed([0, 4, 5], lists) == [0, 4, 5]


def minimal(plan, pieces):
    """The pieces without those that no certificate needs: until nothing goes: a loss eases what opposite ones must lead."""
    kept, before = np.arange(len(pieces.classes)), -1
    while len(kept) != before:
        before = len(kept)
        for t in kept.copy():
            fewer = np.setdiff1d(kept, [t])
            some = _some(pieces, fewer)
            if set(some.classes) == set(pieces.classes) and kit.shortfall(plan, some, plan.matrix).max() <= 0:
                kept = fewer
    return _some(pieces, kept)


def unproven_without(plan, pieces, t):
    """How many balls are not certified any more without a piece; all of a class that lost its last one."""
    broken = _some(pieces, np.delete(np.arange(len(pieces.classes)), t))
    if set(broken.classes) != set(pieces.classes):
        return int((plan.labels == pieces.classes[t]).sum())
    network = CONSTRUCTIONS["register"].build(replace(plan, prototypes=broken)).network
    return int((certify(network, _data(plan), plan.radius).status != 0).sum())


@pytest.mark.parametrize("seed", [4, 5])
def test_removing_any_prototype_of_a_minimal_cover_breaks_a_certificate(seed):
    plan = kit.plan_of(lumps(seed), 0.8, "float32")
    pieces = minimal(plan, kit.covering_prototypes(plan))
    whole = CONSTRUCTIONS["register"].build(replace(plan, prototypes=pieces)).network
    assert (certify(whole, _data(plan), plan.radius).status == 0).all()
    assert all(unproven_without(plan, pieces, t) > 0 for t in range(len(pieces.classes)))


@pytest.mark.slow
def test_removing_any_prototype_of_a_minimal_cover_of_digits_breaks_a_certificate():
    whole = lw.load("digits")
    digits = lw.Dataset(whole.points[:300], whole.labels[:300])
    plan = kit.plan_of(digits, 0.1, "float32", lw.search_map(digits, 16).matrix)
    pieces = minimal(plan, kit.covering_prototypes(plan))
    whole = CONSTRUCTIONS["register"].build(replace(plan, prototypes=pieces)).network
    assert (certify(whole, _data(plan), plan.radius).status == 0).all()
    assert all(unproven_without(plan, pieces, t) > 0 for t in range(len(pieces.classes)))


@pytest.mark.parametrize(("classes", "width"), [(2, 9), (4, 9), (4, None), (5, 7), (5, 8), (5, 9)])
def test_classes_that_hyperplanes_separate_from_the_rest_need_one_piece_each(classes, width):
    rng = np.random.default_rng(classes)
    labels = np.arange(40 * classes) % classes
    points = 4.0 * np.eye(classes, 6)[labels] + np.clip(rng.normal(size=(40 * classes, 6)), -1.2, 1.2)
    data = lw.Dataset(points, labels)
    for c in range(classes):  # each is separated from the rest: coordinate c
        assert points[labels == c, c].min() > points[labels != c, c].max() + 0.1
    run = lw.memorize(data, ratio=0.5, width=width, bracket=False)
    assert run.certificate.holds
    assert run.summary["n_pieces"] == classes
    assert run.summary["pieces"] == "least"


def _some(pieces, rows):
    return replace(
        pieces, points=pieces.centres[rows], rows=None, offsets=pieces.offsets[rows], classes=pieces.classes[rows]
    )


def _data(plan):
    return lw.Dataset(plan.points, plan.values[plan.labels].astype(int))


@pytest.mark.parametrize("seed", range(4))
def test_no_cover_is_smaller_than_its_bound(seed):
    plan = kit.plan_of(lumps(seed), 0.7, "float32")
    lower, greedy = cover_lower(plan), len(kit.covering_prototypes(plan).classes)
    assert plan.n_classes <= lower <= greedy
    assert len(kit.pruned_prototypes(plan).classes) <= greedy
    pairs = sum(np.sum(plan.labels == c) * np.sum(plan.labels != c) for c in range(plan.n_classes))
    assert cover_work(plan) == plan.map_rank * pairs


def table_of_covers(problem, label):
    """Which samples of a class cover which, straight from the definition."""
    own, opposite = problem.images[problem.labels == label], problem.images[problem.labels != label]
    table = np.eye(len(own), dtype=bool)
    for s, i in np.argwhere(~table):
        lead = ((own[i] - opposite) ** 2).sum(axis=1) - ((own[i] - own[s]) ** 2).sum()
        table[s, i] = (lead >= 2 * problem.sigma * np.linalg.norm(own[s] - opposite, axis=1) + problem.gap).all()
    return table


@pytest.mark.parametrize("gap", [None, 1.0])
@pytest.mark.parametrize("ratio", [0.2, 0.6, 0.95])
@pytest.mark.parametrize("seed", range(3))
def test_covers_without_the_whole_table_are_those_of_the_table(seed, ratio, gap, monkeypatch):
    monkeypatch.setattr(reach, "BLOCK_ENTRIES", 100)
    monkeypatch.setattr(reach, "MANY", (1, 20, 1000)[seed])  # products alone, products and differences, differences alone
    problem = PruningProblem.of(kit.plan_of(lumps(seed, n=48), ratio, "float32"))
    problem = problem if gap is None else replace(problem, gap=gap)
    far = np.array([np.flatnonzero(problem.labels != label)[-1] for label in problem.labels])
    some_near = reach.covered_in_classes(replace(problem, near=far), range(problem.n_classes))
    together = reach.covered_in_classes(problem, range(problem.n_classes))
    rows = covering_rows(problem)
    for label in range(problem.n_classes):
        table = table_of_covers(problem, label)
        lists = reach.covered_lists(problem, label)
        for others in (together[label], some_near[label]):  # whichever opposite sample is looked at first
            assert [covered.tolist() for covered in others] == [covered.tolist() for covered in lists]
        assert [covered.tolist() for covered in lists] == [np.flatnonzero(row).tolist() for row in table]
        left, greedy = np.ones(len(table), dtype=bool), []
        while left.any():
            greedy.append(int(np.argmax((table & left).sum(axis=1))))
            left &= ~table[greedy[-1]]
        for s in reversed(list(greedy)):
            if (table[greedy].sum(axis=0)[table[s]] > 1).all():
                greedy.remove(s)
        assert rows[problem.labels[rows] == label].tolist() == np.flatnonzero(problem.labels == label)[greedy].tolist()


def test_scaling_permutation_and_seed_change_nothing_essential():
    plan = kit.plan_of(lumps(7), 0.8, "float32")
    first, again = kit.pruned_prototypes(plan, seed=3), kit.pruned_prototypes(plan, seed=3)
    assert first.points.tobytes() == again.points.tobytes()
    assert first.offsets.tobytes() == again.offsets.tobytes()
    scaled = Plan(
        plan.points * 8.0, plan.labels, plan.values, plan.matrix, plan.radius * 8.0, plan.distance * 8.0, plan.dtype
    )
    assert kit.pruned_prototypes(scaled, seed=3).points.tobytes() == (8.0 * first.points).tobytes()
    order = np.random.default_rng(0).permutation(len(plan.labels))
    shuffled = replace(plan, points=plan.points[order], labels=plan.labels[order])
    assert kit.shortfall(shuffled, kit.covering_prototypes(shuffled), plan.matrix).max() <= 0


@pytest.mark.parametrize("pieces", ["all", "cover", "least"])
def test_the_main_job_takes_every_kind(pieces):
    run = lw.memorize(lumps(), ratio=0.8, pieces=pieces)
    assert run.certificate.holds
    assert run.summary["pieces"] == pieces
    assert (run.summary["n_pieces"] == 60) == (pieces == "all")


def test_unknown_pieces_are_refused():
    with pytest.raises(lw.InputError, match="least, cover, all"):
        lw.memorize(lumps(), ratio=0.5, pieces="some")


def test_the_gap_grows_where_the_format_asks_for_more_than_a_share():
    """Many features far from zero cost the first layer precision: a cover then leaves the lead that float32 needs."""
    rng = kit.rng_of("gap")
    few = lw.Dataset(rng.normal(size=(40, 3)) + 20.0 * (np.arange(40) % 2)[:, None], np.arange(40) % 2)
    plan = kit.plan_of(few, 0.9, "float32")
    problem = PruningProblem.of(plan)
    assert problem.gap == pytest.approx(0.1 * (1 - 2 * problem.sigma))
    many = lw.Dataset(200.0 + rng.normal(size=(40, 400)), np.arange(40) % 2)
    plan = kit.plan_of(many, 0.98, "float32", np.linalg.qr(rng.normal(size=(400, 30)))[0].T)
    wide, double = PruningProblem.of(plan), PruningProblem.of(replace(plan, dtype="float64"))
    assert double.gap == pytest.approx(0.1 * (1 - 2 * double.sigma))
    assert 2 * double.gap < wide.gap <= 0.5 * (1 - 2 * wide.sigma)


@pytest.mark.parametrize(("stubborn", "generations"), [(False, MOST_VAIN + 1), (True, GENERATIONS)])
def test_growing_in_vain_ends_early_where_there_is_another_way(stubborn, generations, monkeypatch):
    problem = PruningProblem.of(kit.plan_of(lumps(0), 0.7, "float32"))
    mover, asked = ScoreMover(problem), []
    short = np.zeros(len(problem.labels))
    short[0] = 1.0

    def stuck(scores, _rounds):
        asked.append(scores.size)
        return scores, np.zeros(len(short), dtype=np.intp), short

    monkeypatch.setattr(mover, "assign_and_move", stuck)
    monkeypatch.setattr(sys.modules[grown_scores.__module__], "offspring", lambda _scene, scores, *_: scores.take([]))
    begun = class_means(problem), np.zeros(len(short), dtype=np.intp), short
    assert grown_scores(mover, begun, lambda _share: None, stubborn=stubborn) is None
    assert len(asked) == generations - (not stubborn)


@pytest.mark.parametrize(
    ("d", "sides", "n", "stubborn"),
    [(2, 2, 10, False), (3, 2, 30, False), (5, 3, 20, False), (5, 6, 20, True), (8, 14, 20, True)],
)
def test_a_sample_near_the_hull_of_another_piece_is_served_by_splitting_that_piece(d, sides, n, stubborn):
    """One sample stands among groups of another class, all of them far enough away, their hull not."""
    rng = np.random.default_rng(0)
    ends = np.vstack([sign * np.eye(d)[k] for k in range(d - 1) for sign in (1, -1)])[:sides]
    groups = (1.1 * ends[:, None] + 0.02 * rng.normal(size=(sides, n, d))).reshape(-1, d)
    among, elsewhere = 0.3 * np.eye(d)[-1], 3.3 * np.eye(d)[-1] + 0.02 * rng.normal(size=(n, d))
    points = np.vstack([among, elsewhere, groups])
    labels = (np.arange(len(points)) > n).astype(int)
    problem = PruningProblem(points - points.mean(axis=0), labels, 0.45, 0.01)
    begun = ScoreMover(problem).assign_and_move(class_means(problem))
    assert (begun[2] > 0.0).sum() == 1
    scores = grown_scores(ScoreMover(problem), begun, lambda _share: None, stubborn=stubborn)
    assert scores is not None
    assert scores.size <= n * sides / 2
    assert (ScoreMover(problem).served(scores)[1] <= 0.0).all()
