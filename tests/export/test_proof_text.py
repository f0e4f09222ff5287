"""The run as exact integers: what is written is what is stored, and what was altered is refused by the proven checker."""

import hashlib
import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import certify, read_onnx
from logwidth.cli import main
from logwidth.errors import InputError, UndecidedError
from logwidth.export.proof_text import integer_points, integer_weights, width_evidence
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.pipeline import ask_checker, find_checker, proof_text


def _built() -> bool:
    try:
        find_checker()
    except InputError:
        return False
    return True


needs_checker = pytest.mark.skipif(not _built(), reason="proofs/logwidth-proof is not built (make proofs)")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proof") / "iris"  # the command adds the lower bound on the width
    with pytest.raises(SystemExit) as status:
        main(["fit", "iris", "--ratio", "0.9", "--construction", "register", "--out", str(folder), "--quiet"])
    assert status.value.code == 0
    return folder


@pytest.fixture(scope="module")
def text(run):
    return proof_text(run)


# ---- the text ----


def test_every_weight_and_sample_is_written_exactly(text):
    words = "\n".join(text.lines()).split()
    units = int(words[words.index("units") + 1])
    place = words.index("samples") + 3
    d = text.data.n_features
    for i, point in enumerate(text.data.points.tolist()):
        entry = words[place + i * (d + 2) :][: d + 2]
        assert int(entry[0]) == text.data.values[text.data.labels[i]]
        assert [Fraction(int(n), units) for n in entry[2:]] == [Fraction(v) for v in point]
    place = words.index("layers") + 2
    for layer in text.network.hidden:
        assert words[place : place + 3] == ["layer", str(layer.n_outputs), str(layer.n_inputs)]
        table = np.array(words[place + 3 :][: layer.n_outputs * (layer.n_inputs + 1)]).reshape(layer.n_outputs, -1)
        stored = np.concatenate([layer.bias[:, None], layer.dense()], axis=1).tolist()
        assert [[Fraction(int(n), 2**150) for n in row] for row in table] == [[Fraction(v) for v in row] for row in stored]
        place += 3 + table.size


@pytest.mark.parametrize(("least", "smallest"), [(-149, 2.0**-149), (-1074, 5e-324)])
def test_the_smallest_number_of_a_format_is_two_units(least, smallest):
    assert integer_weights([smallest, -smallest, 0.0, 1.0], least) == [2, -2, 0, 2 ** (1 - least)]


def test_points_share_a_power_of_two():
    assert integer_points(np.array([[0.1, -3.0], [0.25, 0.0]]))[0] == 2**55


def test_the_width_evidence_is_what_it_says(text):
    found, points = text.width, np.array(integer_points(text.data.points)[1], dtype=object)
    d = points.shape[1]
    u = [points[i] - points[j] for _, i, j in found.pairs]
    M = sum(w * np.outer(v, v) for (w, _, _), v in zip(found.pairs, u, strict=True))
    S, shown = (
        sum(f * np.outer(v, v) for f, v in [(f, np.array(v, dtype=object)) for f, v in t]) for t in (found.sums, found.shows)
    )
    rest = found.shows_scale * (S + found.nu * np.eye(d, dtype=int).astype(object) - found.scale * M) - shown
    assert max(np.abs(rest).sum(axis=1)) <= found.shows_scale * found.eps
    trace = sum(f * sum(x * x for x in v) for f, v in found.sums)
    slack = Fraction(found.rank * found.nu + trace, found.scale * sum(w for w, _, _ in found.pairs))
    assert slack <= 4 * Fraction(text.radius) ** 2 * integer_points(text.data.points)[0] ** 2


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_evidence_of_any_rank_has_as_many_directions(rank):
    rng = np.random.default_rng(rank)
    points = rng.integers(-9, 9, (20, 4)).tolist()
    pairs = np.array([[i, i + 1] for i in range(19)])
    found = width_evidence(points, rank, pairs, np.full(19, 1 / 19))
    assert len(found.sums) <= rank
    assert found.eps < found.nu * 1e-6


# ---- who is asked, and for what ----


def test_other_networks_are_not_covered(tmp_path):
    folder = lw.memorize(lw.load("iris"), ratio=0.5, norm=2, construction="collapse", rng=0).save(tmp_path / "collapse")
    with pytest.raises(UndecidedError, match="register networks"):
        proof_text(folder)


def test_other_norms_are_not_covered(tmp_path):
    folder = lw.memorize(lw.load("iris"), ratio=0.3, norm="inf", construction="register", rng=0).save(tmp_path / "inf")
    with pytest.raises(UndecidedError, match="l2"):
        proof_text(folder)


def test_other_data_are_refused(run):
    with pytest.raises(InputError, match="not those that the run was certified for"):
        proof_text(run, lw.load("wine"))


def test_a_checker_that_is_not_there_is_one_clear_line(run, monkeypatch, capsys):
    monkeypatch.setenv("LOGWIDTH_PROOF", "/nowhere/logwidth-proof")
    with pytest.raises(SystemExit) as status:
        main(["check", str(run), "--proof"])
    assert status.value.code == 2
    assert "make proofs" in capsys.readouterr().err


def test_the_command_writes_what_it_says(run, tmp_path, capsys):
    with pytest.raises(SystemExit) as status:
        main(["export-proof", str(run), "--out", str(tmp_path / "it.txt")])
    assert status.value.code == 0
    assert (tmp_path / "it.txt").read_bytes() == proof_text(run).write()
    assert "150 balls" in capsys.readouterr().out


# ---- the proven checker ----


@needs_checker
def test_both_ends_are_proven(text):
    verdict = ask_checker(text)
    assert verdict.proven, verdict.lines
    assert any("150 of 150" in line for line in verdict.lines)
    assert any("a first layer of 1 units is excluded" in line for line in verdict.lines)


@needs_checker
def test_check_says_that_it_is_proven(run, capsys):
    with pytest.raises(SystemExit) as status:
        main(["check", str(run), "--proof", "--quiet"])
    assert status.value.code == 0
    assert "proven by the checker that Coq proves sound" in capsys.readouterr().out


@needs_checker
def test_json_says_so_too(run, capsys):
    with pytest.raises(SystemExit) as status:
        main(["check", str(run), "--proof", "--json"])
    assert status.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert found["passed"]
    assert found["proof"]["proven"]
    assert any("150 of 150" in line for line in found["proof"]["lines"])


@needs_checker
def test_a_network_that_is_not_covered_passes_check_and_is_undecided_by_the_proof(tmp_path, capsys):
    folder = lw.memorize(lw.load("iris"), ratio=0.5, norm=2, construction="collapse", rng=0).save(tmp_path / "collapse")
    with pytest.raises(SystemExit) as status:
        main(["check", str(folder), "--proof", "--quiet"])
    assert status.value.code == 3
    assert "NOT PROVEN by the checker that Coq proves sound" in capsys.readouterr().out


@needs_checker
@pytest.mark.parametrize("part", ["nothing", "logwidth-proof 1\nnetwork_sha256", "logwidth-proof 2"])
def test_what_is_no_text_is_refused(tmp_path, part, text):
    class Broken:
        network_sha256, data = text.network_sha256, text.data

        def write(self):
            return part.encode()

    with pytest.raises(InputError, match="failed"):
        ask_checker(Broken())


def _changed_number(value, rng):
    """Another number of the format: the next one, a part in a thousand, the opposite, or 0."""
    kind = rng.integers(4)
    up = np.nextafter(value, np.inf if rng.integers(2) else -np.inf, dtype=value.dtype)
    return [up, value * value.dtype.type(1 + 2.0**-10), -value, value.dtype.type(0)][kind]


def _with_layer(network, number, change):
    layers = list(network.layers)
    matrix, bias = layers[number].dense().copy(), layers[number].bias.copy()
    change(matrix, bias)
    layers[number] = AffineLayer.from_dense(matrix, bias)
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def _weight(text, rng):
    number = int(rng.integers(text.network.depth + 1))

    def change(matrix, _bias):
        row, column = rng.integers(matrix.shape[0]), rng.integers(matrix.shape[1])
        old = matrix[row, column]
        matrix[row, column] = _changed_number(old, rng) if old else np.float32(rng.choice([2.0**-20, 1.0, -1.0]))

    return replace(text, network=_with_layer(text.network, number, change))


def _bias(text, rng):
    number = int(rng.integers(text.network.depth + 1))

    def change(_matrix, bias):
        row = rng.integers(bias.size)
        bias[row] = _changed_number(bias[row], rng) if bias[row] else np.float32(rng.choice([2.0**-20, 1.0, -1.0]))

    return replace(text, network=_with_layer(text.network, number, change))


def _radius(text, rng):
    return replace(text, radius=text.radius * (1 + 10.0 ** -rng.integers(1, 7)))


def _label(text, rng):
    labels = text.data.labels.copy()
    i = rng.integers(labels.size)
    labels[i] = (labels[i] + rng.integers(1, text.data.n_classes)) % text.data.n_classes
    return replace(text, data=lw.Dataset(text.data.points, labels))


def _sample(text, rng):
    points = text.data.points.copy()
    points[rng.integers(len(points)), rng.integers(points.shape[1])] += rng.choice([0.1, -0.1, 2.0**-30])
    return replace(text, data=lw.Dataset(points, text.data.labels))


def _cover(text, rng):
    own = list(text.own)
    own[rng.integers(len(own))] = int(rng.integers(text.network.depth + 2))
    return replace(text, own=own)


def _width(text, rng):
    old = text.width
    name = rng.choice(["rank", "nu", "eps", "scale", "sums", "pairs"])
    if name in ("sums", "pairs"):
        return replace(text, width=replace(old, **{name: getattr(old, name)[1:]}))
    return replace(text, width=replace(old, **{name: getattr(old, name) * (2 if name == "rank" else 0)}))


ALTERATIONS = (_weight, _weight, _bias, _radius, _label, _sample, _cover, _width)


def _alterations(text, number, seed):
    rng = np.random.default_rng(seed)
    for turn in range(number):
        change = ALTERATIONS[turn % len(ALTERATIONS)]
        yield change.__name__, change(text, rng)


def _refused(text, number, seed):
    """How many of some alterations are refused; what is accepted must be true, another prover says."""
    refused = 0
    for name, altered in _alterations(text, number, seed):
        if not ask_checker(altered).proven:
            refused += 1
            continue
        assert name != "_width", "half a certificate was accepted"
        found = certify(altered.network, altered.data, altered.radius, norm=2.0)
        assert (found.status == 0).all(), f"{name}: accepted, but another prover does not prove it"
    return refused


@needs_checker
def test_of_200_alterations_none_is_accepted_that_is_not_true(text):
    assert _refused(text, 200, 1) > 100


@pytest.mark.slow
@needs_checker
def test_of_200_alterations_of_digits_none_is_accepted_that_is_not_true(tmp_path):
    with pytest.raises(SystemExit) as status:
        main(
            ["fit", "digits", "--ratio", "0.99", "--construction", "register", "--out", str(tmp_path / "digits"), "--quiet"]
        )
    assert status.value.code == 0
    text = proof_text(tmp_path / "digits")
    verdict = ask_checker(text)
    assert verdict.proven, verdict.lines
    assert any("1797 of 1797" in line for line in verdict.lines)
    assert any("a first layer of 14 units is excluded" in line for line in verdict.lines)
    assert _refused(text, 200, 7) > 100


@needs_checker
@pytest.mark.parametrize(
    "change",
    [_radius, _label],
)
def test_gross_alterations_are_refused(text, change):
    rng = np.random.default_rng(5)
    altered = replace(text, radius=text.radius * 1.2) if change is _radius else change(text, rng)
    assert not ask_checker(altered).proven


# ---- the data set that Coq itself computes with ----

IRIS = Path(__file__).parents[2] / "proofs"
needs_proofs = pytest.mark.skipif(not (IRIS / "IrisData.v").exists(), reason="no checkout with proofs")


def _numbers(name):
    parts = re.split(r"^Definition ", (IRIS / "IrisData.v").read_text(), flags=re.MULTILINE)
    (found,) = (part for part in parts if part.split()[0] == name)
    return found


@needs_proofs
def test_the_samples_in_coq_are_those_of_iris():
    data = lw.load("iris")
    units, points = integer_points(data.points)
    values = data.values[data.labels].astype(int).tolist()
    stated = [[int(n) for n in re.findall(r"-?\d+", line)] for line in _numbers("samples").splitlines()[1:]]
    assert stated == [[*point, value] for point, value in zip(points, values, strict=True)]
    assert re.findall(r"\d+", _numbers("units").split(":=")[1]) == [str(units)]
    assert data.sha256 in (IRIS / "IrisData.v").read_text()


@needs_proofs
def test_the_network_in_coq_is_the_stored_file():
    content = (IRIS / "iris" / "network.onnx").read_bytes()
    network = read_onnx(content).network
    assert hashlib.sha256(content).hexdigest() in (IRIS / "IrisData.v").read_text()
    layers, output = _numbers("net").split("output :=")
    rows = [
        integer_weights([*row, b], -149)
        for layer in network.hidden
        for row, b in zip(layer.dense().tolist(), layer.bias.tolist(), strict=True)
    ]
    stated = [[int(n) for n in re.findall(r"-?\d+", row)] for row in re.findall(r"\(\[[^]]*\], [^)]*\)*", layers)]
    assert stated == rows
    assert [int(n) for n in re.findall(r"-?\d+", output)] == integer_weights([-1.0, float(network.output.bias[0])], -149)
