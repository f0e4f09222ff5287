"""T18: enclosed samples and linked rings exclude a width, and nothing else does."""

import dataclasses
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import logwidth as lw
from logwidth.certify import check_lower_bound, find_surrounded, read_lower_bound
from logwidth.certify.lower_bounds.topology.covered import exact_point, is_simplex_covered, smallest_ball_square
from logwidth.certify.lower_bounds.topology.parity import _crosses, are_linked, is_closed, is_enclosed
from logwidth.errors import AlteredCertificateError, InputError

NORMS = (1.0, 1.5, 2.0, 3.0, math.inf)
RINGS = lw.load("rings:n=9")
TURN = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]


def polygon(n, size=1.0):
    angles = 2.0 * np.pi * (np.arange(n) + 0.3) / n
    return size * np.column_stack([np.cos(angles), np.sin(angles)])


def sphere(n):
    """A Fibonacci lattice on the unit sphere."""
    heights, turns = 1.0 - (2.0 * np.arange(n) + 1.0) / n, np.pi * (1.0 + 5.0**0.5) * np.arange(n)
    rest = np.sqrt(1.0 - heights**2)
    return np.column_stack([rest * np.cos(turns), rest * np.sin(turns), heights])


def around(points):
    """Points of one class around the origin, which has another."""
    return lw.Dataset(np.vstack([points, np.zeros(points.shape[1])]), [0] * len(points) + [1])


def exact(points):
    return [exact_point(point) for point in np.asarray(points, dtype=np.float64)]


@pytest.mark.parametrize("n", [7, 8, 12, 30])
def test_rings_are_linked_from_the_radius_on_at_which_balls_cover_their_edges(n):
    data, radius = lw.load(f"rings:n={n}"), math.sin(math.pi / n)
    assert find_surrounded(data, 0.999 * radius, 2.0) is None
    found = find_surrounded(data, 1.001 * radius, 2.0)
    assert found.width_lower == 4
    assert check_lower_bound(read_lower_bound(found.to_json()), data) == ()


@pytest.mark.parametrize("norm", NORMS)
def test_every_norm_covers_edges_by_its_own_length(norm):
    longest = max(
        np.linalg.norm(np.roll(ring, 1, axis=0) - ring, ord=norm, axis=1).max() for ring in np.split(RINGS.points, 2)
    )
    larger = {1.5: 1.0, 3.0: 2.0}.get(norm, norm)  # decided by a larger norm: sooner refused, never wrongly found
    bound = max(np.linalg.norm(np.roll(r, 1, axis=0) - r, ord=larger, axis=1).max() for r in np.split(RINGS.points, 2))
    assert find_surrounded(RINGS, 0.499 * longest, norm) is None
    assert find_surrounded(RINGS, 0.501 * bound, norm).width_lower == 4


@pytest.mark.parametrize("norm", NORMS)
def test_a_polygon_encloses_from_the_radius_on_at_which_balls_cover_its_edges(norm):
    points = polygon(11)
    longest = np.linalg.norm(np.roll(points, 1, axis=0) - points, ord=norm, axis=1).max()
    assert find_surrounded(around(points), 0.499 * longest, norm) is None
    larger = {1.5: 1.0, 3.0: 2.0}.get(norm, norm)
    bound = np.linalg.norm(np.roll(points, 1, axis=0) - points, ord=larger, axis=1).max()
    found = find_surrounded(around(points), 0.501 * bound, norm)
    assert found.width_lower == 3
    assert check_lower_bound(read_lower_bound(found.to_json()), around(points)) == ()


@pytest.mark.parametrize("norm", NORMS)
def test_a_sphere_encloses_its_centre(norm):
    data = around(sphere(60 if norm >= 2 else 140))
    found = find_surrounded(data, 0.35 if norm >= 2 else 0.45, norm)
    assert found.width_lower == 4
    assert check_lower_bound(found, data) == ()
    assert find_surrounded(data, 0.1, norm) is None


def test_in_four_dimensions():
    """The corners and the middles of cells of a cube's surface in R⁴, and its centre."""
    grid = np.stack(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 4), axis=-1).reshape(-1, 4)
    faces = [row for row in grid if np.abs(row).max() == 1.0]
    halves = np.stack(np.meshgrid(*[[-0.5, 0.5]] * 3), axis=-1).reshape(-1, 3)
    middles = [np.insert(half, axis, side) for half in halves for axis in range(4) for side in (-1.0, 1.0)]
    data = around(np.array(faces + middles))
    found = find_surrounded(data, 0.9, 2.0)
    assert found.width_lower == 5
    assert find_surrounded(data, 0.4, 2.0) is None


@pytest.mark.parametrize("move", [lambda x: x @ TURN.T, lambda x: 1e-6 * x + 5.0, lambda x: np.insert(x, 1, 7.25, axis=1)])
def test_rings_may_be_turned_moved_scaled_and_lie_beside_a_constant_feature(move):
    data = lw.Dataset(move(RINGS.points), RINGS.labels)
    radius = 0.4 * lw.separation(data).lower
    assert find_surrounded(data, radius, 2.0).width_lower == 4


@pytest.mark.parametrize("shift", [[4.0, 0.0, 0.0], [0.0, 0.0, 3.0], [-1.0, 2.5, 0.0]])
def test_rings_apart_are_not_linked(shift):
    first, second = np.split(RINGS.points, 2)
    data = lw.Dataset(np.vstack([first, second + shift]), RINGS.labels)
    assert find_surrounded(data, 0.45, 2.0) is None


@given(st.integers(0, 10**6), st.integers(2, 4))
def test_halves_of_space_are_never_excluded(seed, dimension):
    """Width 1 serves what a plane parts, whatever the radius."""
    rng = np.random.default_rng(seed)
    points = rng.integers(-3, 4, (14, dimension)).astype(float)
    points = np.unique(points, axis=0)
    sides = points @ rng.normal(size=dimension) > 0
    if 0 < sides.sum() < len(sides):
        data = lw.Dataset(points, sides.astype(int))
        assert find_surrounded(data, 0.49 * lw.separation(data).lower, 2.0) is None


@given(st.integers(0, 10**6))
def test_inside_means_an_odd_number_of_turns_in_the_plane(seed):
    rng = np.random.default_rng(seed)
    ring, point = rng.normal(size=(9, 2)), rng.normal(size=2) * 0.5
    arms = ring - point
    angles = np.arctan2(arms[:, 1], arms[:, 0])
    steps = (np.roll(angles, -1) - angles + np.pi) % (2 * np.pi) - np.pi
    corners = exact(ring)
    found = is_enclosed(exact([point])[0], [(corners[i], corners[(i + 1) % 9]) for i in range(9)])
    assert found == (round(steps.sum() / (2 * np.pi)) % 2 == 1)


@given(st.integers(0, 10**6))
def test_linked_means_an_odd_integral_of_gauss(seed):
    """Gauss's integral of two polygons by the solid angles of all pairs of edges (Banchoff)."""
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(6, 3)), rng.normal(size=(5, 3))
    total = 0.0
    for a, b in zip(first, np.roll(first, -1, axis=0), strict=True):
        for c, d in zip(second, np.roll(second, -1, axis=0), strict=True):
            normals = [np.cross(c - a, d - a), np.cross(d - a, d - b), np.cross(d - b, c - b), np.cross(c - b, c - a)]
            units = [n / np.linalg.norm(n) for n in normals]
            area = sum(math.asin(max(-1.0, min(1.0, float(units[i] @ units[(i + 1) % 4])))) for i in range(4))
            total += area * np.sign(np.linalg.det([b - a, d - c, c - a])) / (4 * np.pi)
    assert are_linked(exact(first), exact(second)) == (round(total) % 2 == 1)


@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(2, 4))
def test_balls_of_the_smallest_radius_cover_a_simplex(seed, corners, dimension):
    rng = np.random.default_rng(seed)
    points = rng.integers(-4, 5, (corners, dimension)).astype(float)
    square = smallest_ball_square(exact(points))
    shares = rng.dirichlet(np.ones(corners), 200)
    nearest = np.linalg.norm((shares @ points)[:, None] - points, axis=2).min(axis=1)
    assert (nearest**2 <= float(square) + 1e-9).all()
    widest = max(float(np.sum((a - b) ** 2)) for a in points for b in points)
    assert widest / 4 - 1e-9 <= float(square) <= widest / 2 + 1e-9  # Jung
    above = Fraction(math.sqrt(float(square)) + 1e-6)
    assert all(is_simplex_covered(exact(points), above * (1 if norm >= 2 else 2), norm) for norm in NORMS)


@pytest.mark.parametrize("norm", NORMS)
def test_what_is_called_covered_is_covered_in_its_norm(norm):
    """The triangle of the unit vectors: its centre is 4/3 from them in ℓ1, 2/3 in ℓ∞."""
    triangle, centre = np.eye(3), np.full(3, 1 / 3)
    true = np.linalg.norm(triangle[0] - centre, ord=norm)
    assert not is_simplex_covered(exact(triangle), Fraction(0.999 * true), norm) or norm > 2
    assert is_simplex_covered(exact(triangle), Fraction(1.5), norm)
    assert is_simplex_covered(exact(triangle), Fraction(0.82), norm) == (norm >= 2)


def test_crowded_rings_and_shells_are_thinned_and_still_found():
    rng = np.random.default_rng(0)
    turns = rng.uniform(0, 2 * np.pi, (2, 600))
    first = np.column_stack([np.cos(turns[0]), np.sin(turns[0]), 0 * turns[0]])
    second = np.column_stack([1 - np.cos(turns[1]), 0 * turns[1], np.sin(turns[1])])
    noise = rng.uniform(-0.1, 0.1, (1200, 3))
    data = lw.Dataset(np.vstack([first, second]) + noise, np.repeat([0, 1], 600))
    assert find_surrounded(data, 0.45 * lw.separation(data).lower, 2.0).width_lower == 4
    shell = rng.normal(size=(3, 900))
    shell /= np.linalg.norm(shell, axis=0)
    assert find_surrounded(around(shell.T), 0.45, 2.0).width_lower == 4


def test_points_in_special_positions_are_decided_too():
    """A sample in the plane of a face that is far from it; a corner of a ring in line with an edge of the other."""
    cube = np.array([[x, y] for x, y in ((0, 0), (2, 0), (4, 2), (4, 4), (0, 4))], dtype=float)
    edges = [(exact(cube)[i], exact(cube)[(i + 1) % 5]) for i in range(5)]
    assert is_enclosed(exact([[3.0, 2.0]])[0], edges)  # in line with the edge from (2, 0) … on no edge itself
    assert is_enclosed(exact([[3.0, 1.5]])[0], edges)
    beside = exact([[1, -1, 0], [1, 1, 0], [3, 0, 0]])  # a face in one plane with the point, and not around it
    assert _crosses(*exact([[0, 0, 0], [1, 0.5, 0.25]]), beside) is False
    square = np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]])
    through = np.array([[4.0, 0, 0], [1, 1, 1], [1, 1, -1]])  # its first corner on the line of the first edge
    assert are_linked(exact(square), exact(through))
    assert are_linked(exact(through), exact(square))


def test_faces_with_a_hole_are_no_surface():
    assert not is_closed([(0, 1, 2), (0, 1, 3), (0, 2, 3)])
    assert is_closed([(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)])


LINK = find_surrounded(RINGS, 0.4, 2.0)
BALL = around(sphere(60))
SHELL = find_surrounded(BALL, 0.4, 2.0)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"first": LINK.first[:-1]}, "do not cover"),
        ({"first": (*LINK.first, 90)}, "count from 0"),
        ({"first": LINK.second}, "each ring must have one label"),
        ({"second": (*LINK.second, *reversed(LINK.second))}, "not shown to be linked"),
        ({"radius": 0.3}, "do not cover"),
        ({"radius": float("inf")}, "finite"),
        ({"data_sha256": "0"}, "other data"),
    ],
)
def test_forged_links_are_refused_with_their_reason(change, word):
    (problem,) = check_lower_bound(dataclasses.replace(LINK, **change), RINGS)
    assert word in problem


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"faces": SHELL.faces[:-1]}, "not a closed surface"),
        ({"faces": SHELL.faces + SHELL.faces}, "not shown to be inside"),
        ({"faces": tuple(face[:2] for face in SHELL.faces)}, "as many corners"),
        ({"inside": 3}, "must share a label"),
        ({"radius": 0.2}, "not shown to cover"),
        ({"data_sha256": "0"}, "other data"),
    ],
)
def test_forged_enclosures_are_refused_with_their_reason(change, word):
    (problem,) = check_lower_bound(dataclasses.replace(SHELL, **change), BALL)
    assert word in problem


@pytest.mark.parametrize(
    ("found", "key"),
    [(LINK, "first"), (SHELL, "faces"), (SHELL, "inside"), (LINK, "radius"), (SHELL, "claim"), (LINK, "norm")],
    ids=["first", "faces", "inside", "radius", "claim", "norm"],
)
def test_texts_that_lack_or_bend_something_are_refused(found, key):
    body = json.loads(found.to_json())
    for value in (None, [], "x", [["a"]], [[]]):
        with pytest.raises((InputError, AlteredCertificateError)):
            type(found).from_body({**{name: body[name] for name in body if name != "digest"}, key: value})


def test_a_bracket_of_linked_rings_is_met_from_both_sides(tmp_path):
    found = lw.width_bracket(RINGS, 0.8)
    assert (found.lower, found.upper, found.rank_lower, found.rank_upper) == (4, 4, 3, 3)
    found.run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run").passed
    text = (tmp_path / "run" / "width_certificate.json").read_text()
    assert check_lower_bound(read_lower_bound(text), RINGS) == ()
