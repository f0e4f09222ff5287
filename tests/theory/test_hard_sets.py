"""Hard sets: what they are, what they refuse (confirmed by certificates and by search), and what all sets allow."""

import itertools
import math

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import prove_width_bound
from logwidth.maps import rank_ceiling
from logwidth.theory.possible import possible_ratio_lower
from logwidth.theory.sets import HARD_SETS

CLAIMED = [
    "basis:d=7",
    "basis:d=32",
    "simplex:d=6",
    "frame:n=15,d=6",
    pytest.param("frame:n=40,d=9", marks=pytest.mark.slow),
    "hadamard:m=3",
    "bch:m=3,t=1",
    pytest.param("bch:m=4,t=3", marks=pytest.mark.slow),
]


def spec(text):
    name, _, rest = text.partition(":")
    found = HARD_SETS[name]
    return found, found.values(rest)


def reached(data, rank):
    """The best ratio that the search finds at a rank, proven."""
    return lw.search_map(data, rank, rng=1).ratio_lower


@pytest.mark.parametrize("text", CLAIMED)
def test_claims_are_confirmed_by_certificates_and_not_refuted_by_search(text):
    (found, values), data = spec(text), lw.load(text)
    sep = lw.separation(data)
    for rank in sorted({1, 2, data.n_features // 2, data.n_features - 2} - {0, -1}):
        claimed = found.refuses(rank, **values)
        assert 0 < claimed <= 1
        dual = rank_ceiling(data, rank, separation=sep)
        proof = prove_width_bound(data, rank, dual.pairs, dual.weights, separation=sep)
        assert proof.ratio_excluded <= claimed * (1 + 1e-6)
        assert reached(data, rank) <= claimed * (1 + 1e-9)


def test_the_golay_code_is_balanced_as_its_claim_says():
    data = lw.load("golay")
    found, values = spec("golay")
    rng = np.random.default_rng(0)
    octads = data.points[data.points.sum(axis=1) == 8]
    assert len(octads) == 759
    pairs = []
    for i in rng.choice(data.n_samples, 300, replace=False):
        other = (data.points[i] + octads[rng.integers(759, size=4)]) % 2
        pairs += [(int(i), int(np.flatnonzero((data.points == word).all(axis=1))[0])) for word in other]
    u = data.points[[a for a, _ in pairs]] - data.points[[b for _, b in pairs]]
    assert (np.abs(u).sum(axis=1) == 8).all()
    centred = octads.T @ octads / 759
    assert np.allclose(np.diag(centred), 1 / 3)
    assert np.linalg.eigvalsh(u.T @ u / len(u))[-6:].sum() < 8 * (found.refuses(6, **values) * 1.4) ** 2


@pytest.mark.parametrize(("m", "t", "words", "distance"), [(3, 1, 16, 3), (4, 1, 2048, 3), (4, 2, 128, 5), (4, 3, 32, 7)])
def test_bch_codes_have_their_parameters(m, t, words, distance):
    data = lw.load(f"bch:m={m},t={t}")
    assert data.points.shape == (words, 2**m - 1)
    weights = data.points.sum(axis=1)
    assert weights[weights > 0].min() == distance
    assert {tuple((data.points[1] + row) % 2) for row in data.points} == {tuple(row) for row in data.points}


@pytest.mark.parametrize("ratio", [0.1, 0.35])
def test_every_direction_hits_the_product_of_nets(ratio):
    """Rank one in the plane: no direction keeps more than the ratio, over a fine scan of all of them."""
    data = lw.load(f"products:half=1,ratio={ratio}")
    u = data.points[data.labels == 0][:, None] - data.points[data.labels == 1][None]
    angle = np.linspace(0, np.pi, 20_001)
    kept = np.abs(u @ np.stack([np.cos(angle), np.sin(angle)])).min(axis=(0, 1))
    assert kept.max() <= ratio * (1 + 1e-12)
    assert kept.max() >= 0.6 * ratio


def test_products_of_plane_nets_refuse_rank_three_and_keep_their_distance():
    found, values = spec("products:half=2,ratio=0.5")
    data = lw.load("products:half=2,ratio=0.5")
    assert lw.separation(data).lower >= 1 - 1e-12
    for rank in (1, 2, 3):
        assert reached(data, rank) <= found.refuses(rank, **values)


@pytest.mark.parametrize("text", ["sphere:n=30,d=8", "differences:n=20,d=6", "spheres:n=24,d=5,classes=3", "moons:n=30,d=7"])
def test_every_set_allows_what_theory_calls_possible(text):
    """Possible at width k is a map of rank k − 1 that a search finds; the sets are small and the dimension at most 32."""
    data = lw.load(text)
    for width in range(2, data.n_features + 2, 2):
        promised = float(possible_ratio_lower(data.n_samples, data.n_features, width))
        found = reached(data, min(width - 1, data.n_features))
        assert found >= promised * (1 - 1e-9), width


@pytest.mark.parametrize("norm", [1, math.inf])
def test_what_is_possible_in_other_norms_is_found_too(norm):
    """δ is in ℓ2, so the promise is compared with the distance that the found map keeps in ℓp."""
    data = lw.load("differences:n=16,d=6")
    delta = lw.separation(data).upper
    for width in range(2, 8):
        promised = float(possible_ratio_lower(data.n_samples, data.n_features, width, float(norm)))
        found = lw.search_map(data, width - 1, norm=norm, rng=1).distance_lower
        assert found >= promised * delta * (1 - 1e-9), width


@pytest.mark.parametrize("name", list(HARD_SETS))
def test_sets_are_the_same_every_time_and_have_two_classes(name):
    first, second = lw.load(name), lw.load(name)
    assert first.sha256 == second.sha256
    assert first.n_classes >= 2
    assert np.isfinite(first.points).all()
    assert first.source.data.partition(":")[0] == name


def test_frames_are_tight():
    for n, d in ((8, 7), (9, 4), (50, 12)):
        points = lw.load(f"frame:n={n},d={d}").points[1:]
        assert np.allclose(points.T @ points, n / d * np.eye(d), atol=1e-12)
        assert np.allclose((points**2).sum(axis=1), 1)


def test_seeds_and_noise_change_the_data():
    names = ["sphere:n=9,d=3,seed=1", "sphere:n=9,d=3,seed=2", "moons:n=9,d=3,noise=0.1", "moons:n=9,d=3,noise=0.2"]
    assert len({lw.load(name).sha256 for name in names}) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("basis:x=3", ("no parameter 'x'", "d (whole number from 1 to 4096, default 16)")),
        ("basis:d=0", ("whole number from 1 to 4096", "not '0'")),
        ("basis:d=2.5", ("not '2.5'",)),
        ("sphere:n=1,q=2", ("n must be", "no parameter 'q'", "seed")),
        ("moons:noise=-1", ("number from 0.0 to 1.0",)),
        ("iris:d=3", ("takes no parameters",)),
        ("bch:m=8,t=1", ("2^247 words",)),
        ("basus:d=3", ("did you mean basis", "golay", "moons")),
    ],
)
def test_wrong_names_and_parameters_are_explained(text, words):
    with pytest.raises(lw.InputError) as refused:
        lw.load(text)
    assert all(word in str(refused.value) for word in words), str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("d", "ratio"), list(itertools.product((3, 8), (0.3, 0.8))))
def test_the_basis_claim_is_sharp(d, ratio):
    found, values = spec(f"basis:d={d}")
    least = math.floor(ratio**2 * d) + 1
    assert found.refuses(least, **values) > ratio
    assert least == 1 or found.refuses(least - 1, **values) <= ratio


@pytest.mark.parametrize("n", [7, 12, 25])
def test_rings_refuse_rank_two_as_their_claim_says(n):
    found, values = spec(f"rings:n={n}")
    data = lw.load(f"rings:n={n}")
    assert lw.separation(data).lower == pytest.approx(1.0, abs=1e-12)
    assert reached(data, 2) <= found.refuses(2, **values)
    assert found.refuses(3, **values) == 1.0
