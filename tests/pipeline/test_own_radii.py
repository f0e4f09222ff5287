"""`radius = "max"`: every sample its own proven radius; no two opposite balls meet, and nothing refuted is proven."""

import json

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.certify import recognise, two_sided_radii
from logwidth.cli import main

FAMILIES = ("two samples", "line of three", "plane of three", "lone and many", "copies", "space", "tiny", "huge")


def close_pairs() -> lw.Dataset:
    """Samples far apart, but for two pairs of opposite ones."""
    points = kit.rng_of("close").normal(size=(40, 4))
    points[1], points[3] = points[0] + 2.0**-8, points[2] + 2.0**-9
    return lw.Dataset(points, np.arange(40) % 2)


@pytest.mark.parametrize("norm", [2, np.inf, 1])
@pytest.mark.parametrize("family", FAMILIES)
def test_own_balls_are_disjoint_and_survive(family, norm):
    data = kit.FAMILIES[family]()
    run = lw.memorize(data, radius="max", norm=norm)
    radii, rule = run.certificate.radius_lower, run.certificate.rule
    assert run.certificate.holds
    assert (radii >= run.certificate.radius).all()
    assert not kit.overlaps(data, radii, norm)
    for i in range(0, data.n_samples, 1 + data.n_samples // 3):
        assert kit.survives_exactly(run.network, data, i, radii[i], rule, norm)
        assert kit.survives_floats(run.network, data, i, radii[i], rule, norm)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_close_pairs_cost_the_others_nothing(norm, dtype):
    data = close_pairs()
    run = lw.memorize(data, radius="max", norm=norm, dtype=dtype)
    own = lw.separation(data, norm=norm).sample_lower / 2
    assert run.certificate.holds
    assert np.median(run.certificate.radius_lower / own) > 0.99
    assert (run.certificate.radius_lower <= own * (1 + 1e-12)).all()
    assert run.certificate.radius_lower.max() > 50 * run.certificate.radius
    assert run.summary["radius_mode"] == "max"
    assert not kit.overlaps(data, run.certificate.radius_lower, norm)


def test_a_budget_of_width_is_kept():
    data = kit.cloud("budget", 20, 6, 2)
    run = lw.memorize(data, radius="max", width=5)
    assert run.certificate.holds
    assert run.network.width <= 5
    assert not kit.overlaps(data, run.certificate.radius_lower)


def test_check_proves_every_radius_again(tmp_path):
    data = close_pairs()
    run = lw.memorize(data, radius="max")
    run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run", data).passed
    for name in ("radius_lower_max", "own_share_median"):
        summary = dict(run.summary, **{name: run.summary[name] * 1.001})
        (tmp_path / "run" / "summary.json").write_text(json.dumps(summary))
        assert name in lw.check(tmp_path / "run", data).problems[0]


def test_a_radius_that_is_a_little_too_large_fails_the_check(tmp_path):
    from dataclasses import replace

    data = close_pairs()
    run = lw.memorize(data, radius="max")
    for i in (0, int(np.argmax(run.certificate.radius_lower))):
        radii = run.certificate.radius_lower.copy()
        radii[i] *= 1 + 2.0**-20
        forged = replace(run, certificate=replace(run.certificate, radius_lower=radii))
        forged.save(tmp_path / "run")
        report = lw.check(tmp_path / "run", data)
        assert not report.passed
        assert "larger than what is proven" in report.unproven[0]
        assert report.radius_proven


def test_rows_of_the_data_get_their_own_radius_from_a_stored_run(tmp_path):
    data = close_pairs()
    run = lw.memorize(data, radius="max")
    run.save(tmp_path / "run")
    stored = lw.open_run(tmp_path / "run")
    radii = stored.radii(data.points, stored.class_indices(data.points), data)
    assert (radii >= 0.99 * run.certificate.radius_lower).all()
    shifted = data.points + 0.5 * run.certificate.radius_lower[:, None] * np.eye(4)[0]
    moved = stored.radii(shifted, stored.class_indices(shifted), data)
    for i in range(0, 40, 7):
        ball = lw.Dataset(
            np.concatenate([shifted[i : i + 1], data.points]), np.concatenate([data.labels[i : i + 1], data.labels])
        )
        assert kit.survives_exactly(run.network, ball, 0, moved[i], "exact")
        assert not kit.overlaps(ball, np.concatenate([moved[i : i + 1], run.certificate.radius_lower]))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--radius", "large"], "'max'"),
        (["--radius", "max", "--ratio", "0.5"], "not both"),
        (["--radius", "max", "--construction", "line"], "neither"),
        (["--radius", "max", "--drop-conflicts"], "needs the wanted --radius"),
    ],
)
def test_what_does_not_go_with_max_is_one_line(capsys, tmp_path, options, word):
    with pytest.raises(SystemExit) as stop:
        main(["fit", "iris", "--out", str(tmp_path / "run"), *options])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert word in err
    assert len(err.strip().splitlines()) == 1


def test_the_command_says_how_far_the_radii_go(capsys, tmp_path):
    with pytest.raises(SystemExit) as stop:
        main(["fit", "iris", "--radius", "max", "--no-bracket", "--out", str(tmp_path / "run")])
    assert stop.value.code == 0
    assert "each sample's own radius" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["check", str(tmp_path / "run")])
    assert stop.value.code == 0


@pytest.mark.parametrize(("norm", "seed"), [(1, 1), (np.inf, 0)])
def test_the_first_layer_of_cells_clips_beyond_every_exact_radius(norm, seed):
    """Cells hold more than what is nearest to their samples: two-sided radii meet, whatever their own distance."""
    normal = np.random.default_rng(seed).normal(size=(24, 3))
    points = np.unique(np.round(8 * np.maximum(normal, 0)), axis=0)  # many on the edge, as dark pixels are
    data = lw.Dataset(points, np.arange(len(points)) % 3)
    run = lw.memorize(data, ratio=0.8, norm=norm, construction="cells")
    values, ball = data.values[data.labels], (run.certificate.radius, float(norm))
    found = two_sided_radii(recognise(run.network), data.points, values, ball)
    assert (found.rule_upper > 0.56 * lw.separation(data, norm=norm).sample_upper).any()
    assert np.isfinite(found.rule_upper).all()
    assert (found.radius_lower >= (1 - 1e-3) * found.rule_upper).all()
