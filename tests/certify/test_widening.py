"""Radii on a wide domain first: what it cannot prove is proven on the narrow one, and nothing is claimed beyond a domain."""

import sys

import numpy as np
import pytest

import kit
from logwidth.certify import BallProof, UnprovableNetworkError, recognise
from logwidth.certify.balls.certify import FAR, INSIDE, all_radii
from logwidth.certify.leads.first_layer import clip_radius_lower

WIDENING = sys.modules["logwidth.certify.balls.certify"]


class Case:
    """A built network with its points, label values, radius, and what the narrow domain alone proves."""

    def __init__(self, name: str, family: str) -> None:
        data = kit.FAMILIES[family]()
        plan, built = kit.build(name, data, 0.5)
        self.form, self.labelled = recognise(built.network), (data.points, data.values[data.labels])
        self.radius, self.near = plan.radius, BallProof(recognise(built.network), data.points, plan.radius, 2.0)
        self.narrow = self.near.radii(*self.labelled)

    def radii(self) -> np.ndarray:
        return all_radii(self.form, self.labelled, (self.radius, 2.0))[0]


@pytest.fixture(params=[("register", "seven classes"), ("cells", "plane of three"), ("collapse", "plane")], ids=str)
def case(request):
    return Case(*request.param)


def test_wide_domains_prove_what_the_narrow_one_does_and_more(case):
    found, constants = all_radii(case.form, case.labelled, (case.radius, 2.0))
    assert (found >= case.radius).all()
    assert (found >= case.narrow * (1 - 1e-5)).all()
    assert (found > 1.01 * case.near.domain.reach).any()  # so far the narrow domain never sees
    assert constants == case.near.constants


def test_what_falls_short_on_the_wide_domain_is_proven_on_the_narrow_one(case, monkeypatch):
    honest, asked = WIDENING._on_domain, []

    def half(form, labelled, rows, ball, progress=None):
        asked.append((rows, ball[2]))
        return np.minimum(honest(form, labelled, rows, ball, progress), 0.5 * case.radius)

    monkeypatch.setattr(WIDENING, "_on_domain", half)
    assert (case.radii() == case.narrow).all()
    assert asked[0][1] == FAR * case.radius
    assert asked[0][0].size


def test_where_there_is_no_wide_domain_the_narrow_one_is_enough(case, monkeypatch):
    honest = BallProof

    def narrow_only(form, points, radius, norm, reach=None, rows=None):
        if reach is not None:
            raise UnprovableNetworkError("too wide")
        return honest(form, points, radius, norm, rows=rows)

    monkeypatch.setattr(WIDENING, "BallProof", narrow_only)
    assert (case.radii() == case.narrow).all()


def test_balls_that_the_first_layer_would_clip_are_no_part_of_the_wide_domain(case, monkeypatch):
    honest, clip = WIDENING._on_domain, clip_radius_lower(case.form.first, case.labelled[0], 2.0)
    clip[::2] = np.minimum(clip[::2], 2.0 * case.radius)
    monkeypatch.setattr(
        WIDENING,
        "clip_radius_lower",
        lambda first, points, norm: clip if len(points) == len(clip) else clip_radius_lower(first, points, norm),
    )
    asked = []
    monkeypatch.setattr(WIDENING, "_on_domain", lambda f, lab, rows, *a: asked.append(rows) or honest(f, lab, rows, *a))
    assert (case.radii() >= case.radius).all()
    assert asked[0].tolist() == np.flatnonzero(clip * INSIDE > FAR * case.radius).tolist()
    assert not (asked[0] % 2 == 0).any()
