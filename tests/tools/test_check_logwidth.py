"""The single-file checker proves what it should, never what an exact adversary refutes, and knows nothing of the package."""

import ast
import importlib.util
import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from logwidth import load, memorize
from logwidth.certify import Outcome, certify
from logwidth.construct import CONSTRUCTIONS, bounded_weights
from logwidth.dataset import Dataset
from logwidth.export import to_onnx
from logwidth.network import AffineLayer, ReluNetwork, evaluate
from logwidth.network.unit_scales import with_unit_scales


def module_at(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


ROOT = Path(__file__).parents[2]
kit = module_at("kit_for_tools", ROOT / "tests" / "kit.py")
TOOL = ROOT / "tools" / "check_logwidth.py"
tool = module_at("check_logwidth", TOOL)
KNOWN = ["register", "collapse", "cells"]
CASES = [
    (name, family)
    for name, family in itertools.product(KNOWN, kit.FAMILIES)
    if kit.serves(name, kit.FAMILIES[family]()) and family not in ("tiny", "huge")
]


def proven(network, data, radius, norm=2.0):
    return tool.proven(to_onnx(network, form="chain"), data.points, data.values[data.labels], radius, norm)


def test_it_imports_nothing_but_numpy_onnx_and_the_standard_library():
    tree = ast.parse(TOOL.read_text())
    names = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert names - set(sys.stdlib_module_names) == {"numpy", "onnx"}
    assert len(TOOL.read_text().splitlines()) < 1000


@pytest.fixture(scope="module")
def folded():
    return memorize(kit.thinned("iris"), ratio=0.9, width=4, construction="folded")


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_it_proves_networks_behind_folds_as_the_package_does(folded, norm):
    data, radius = kit.thinned("iris"), folded.certificate.radius / (1.0 if norm <= 2.0 else 2.0)
    good, form = proven(folded.network, data, radius, norm)
    assert form == "folded"
    assert good.sum() >= (certify(folded.network, data, radius, norm=norm).status == Outcome.CERTIFIED).sum() - 2
    assert good.any()
    larger, _ = proven(folded.network, data, 3 * radius, norm)
    assert not larger.all()


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
@pytest.mark.parametrize("share_cells", [True, False], ids=["cells", "scores"])
def test_it_proves_cells_and_scores_behind_a_fold(share_cells, norm):
    data, radius, made = kit.behind_a_fold(share_cells=share_cells)
    radius = radius if norm <= 2.0 else radius / 2
    good, form = proven(made.network, data, radius, norm)
    assert form == "folded"
    assert good.sum() >= (certify(made.network, data, radius, norm=norm).status == Outcome.CERTIFIED).sum() - 2
    assert good.sum() > len(good) / 2
    for factor in (1.5, 2.0, 4.0):
        larger, _ = proven(made.network, data, factor * radius, norm)
        assert not kit.overlaps(data, np.where(larger, factor * radius, -1.0), norm)
        for i in np.flatnonzero(larger)[::5]:
            assert kit.survives_floats(made.network, data, i, factor * radius, "exact", norm)


@pytest.mark.parametrize("place", range(2, 6))
def test_a_halfspace_that_is_moved_behind_a_fold_is_not_proven_wrongly(place):
    data, radius, made = kit.behind_a_fold()
    hidden = list(made.network.hidden)
    bias = hidden[place].bias.copy()
    bias[2] += 2.0 if place % 2 else -2.0
    hidden[place] = AffineLayer.from_dense(hidden[place].dense(), bias)
    network = ReluNetwork(tuple(hidden), made.network.output)
    good, _ = proven(network, data, radius)
    assert not good.all()
    for i in np.flatnonzero(good):
        assert kit.survives_floats(network, data, i, radius, "exact", 2.0)


def test_cells_behind_a_fold_must_clear_the_register():
    """With a rate of 1/64 no cell of this size takes 2 off the register."""
    data, radius, made = kit.behind_a_fold()
    hidden, m = list(made.network.hidden), 2
    for number in range(3, len(hidden)):
        W = hidden[number].dense()
        W[-1, W.shape[1] - 2] = np.maximum(W[-1, W.shape[1] - 2], -1 / 64) if W[-1, m] < 0 else W[-1, W.shape[1] - 2]
        hidden[number] = AffineLayer.from_dense(W, hidden[number].bias)
    network = ReluNetwork(tuple(hidden), made.network.output)
    good, form = proven(network, data, radius)
    assert form == "folded"
    assert not good[data.labels > 0].any()
    assert (certify(network, data, radius).status[data.labels > 0] != Outcome.CERTIFIED).all()


def test_the_register_is_read_out_as_the_label_by_units_that_are_the_register_less_integers():
    data = kit.cloud("cell faults", 40, 2, 3, spread=9)
    plan, made = kit.build("cells", data, 0.9)
    last = len(made.network.hidden) - 1
    assert made.network.hidden[last].n_outputs == 2
    assert proven(made.network, data, plan.radius)[0].all()
    faults = [
        kit.changed(made.network, last, bias=1, to=lambda b: b + 2),
        kit.changed(made.network, last, weight=(1, 2), to=lambda w: w / 2),
        kit.changed(made.network, last, weight=(1, 3), to=lambda w: 2 * w),
        kit.changed(
            kit.changed(made.network, last + 1, weight=(0, 0), to=lambda w: 0 * w),
            last + 1,
            weight=(0, 1),
            to=lambda w: 0 * w,
        ),
    ]
    for network in faults:
        assert not proven(network, data, plan.radius)[0].any()
    two = kit.cloud("cell faults", 40, 2, 2, spread=9)
    plan_of_two, one_unit = kit.build("cells", two, 0.9)
    assert not proven(kit.read_above(one_unit.network), two, plan_of_two.radius)[0].any()
    other = kit.changed(made.network, last + 1, weight=(0, 1), to=lambda w: w + 5)
    right = evaluate(other, data.points)[:, 0] == data.values[data.labels]
    assert np.array_equal(proven(other, data, plan.radius)[0], right)
    assert 0 < right.sum() < len(right)


def test_no_bound_behind_folds_is_above_the_truth():
    rng = np.random.default_rng(0)
    for trial in range(12):
        sizes = [2, 4, *([4] * (trial % 3))]
        layers = [(rng.normal(size=(k, n)), 0.4 * rng.normal(size=k)) for n, k in itertools.pairwise(sizes)]
        T, b, X = rng.normal(size=(3, sizes[-1])), np.full(3, 60.0), rng.normal(size=(3, 2))
        q = (2.0, 1.0, np.inf)[trial % 3]
        norm = {2.0: 2.0, 1.0: np.inf, np.inf: 1.0}[q]
        numbers = tool.UNITS["float64"]
        ground = tool.Folds(T, b, None, X, 0.5, q, *numbers, np.ones(2), below=layers)
        for i, x in enumerate(X):
            cut = [
                (layer, unit)
                for layer in range(len(layers))
                for unit in range(4)
                if ground.low[layer][i, unit] < 0 < ground.high[layer][i, unit]
            ]
            V, c, t = rng.normal(size=(8, 3)), rng.normal(size=8), rng.random((8, len(cut)))
            bound = ground.least(i, V, c, t, cut)
            steps = rng.normal(size=(3000, 2))
            steps *= (0.5 * rng.random(3000) ** 0.1 / np.linalg.norm(steps, ord=norm, axis=1))[:, None]
            state = x + steps
            for W, offset in layers:
                state = np.maximum(state @ W.T + offset, 0.0)
            values = (state @ T.T + b) @ V.T + c
            assert (bound <= values.min(axis=0) + 1e-9).all()


def test_a_hinge_that_is_dropped_is_not_proven():
    data, radius, folded = kit.behind_a_fold()
    hidden = list(folded.network.hidden)
    W = hidden[1].dense().astype(float)
    moves = abs(W[:2, 2:]).sum(axis=0)  # of the coordinates, by each hinge: one may be idle
    W[:, 2 + moves.argmax()] = 0.0
    hidden[1] = AffineLayer.from_dense(W.astype(hidden[1].dtype), hidden[1].bias)
    good, _ = proven(ReluNetwork(tuple(hidden), folded.network.output), data, radius)
    assert not good.all()


@pytest.mark.parametrize(("name", "family"), CASES)
def test_it_proves_what_the_package_proves(name, family):
    data = kit.FAMILIES[family]()
    for dtype, ratio in itertools.product(CONSTRUCTIONS[name].dtypes, (0.5, 0.9)):
        plan, built = kit.build(name, data, ratio, dtype)
        good, form = proven(built.network, data, plan.radius)
        assert form == name
        assert good.all(), (dtype, ratio)


@pytest.mark.parametrize(("name", "norm"), list(itertools.product(KNOWN, [1.0, 2.0, 3.0, np.inf])))
def test_it_never_proves_too_large_a_radius(name, norm):
    data = kit.cloud("too large", 10, 2, 3)
    plan, built = kit.build(name, data, 0.9)
    for factor in (0.3, 0.9, 1.0, 1.1, 1.15, 1.5, 3.0):
        radius = plan.radius * factor
        good, _ = proven(built.network, data, radius, norm)
        assert not kit.overlaps(data, np.where(good, radius, -1.0), norm)
        for i in np.flatnonzero(good):
            assert kit.survives_exactly(built.network, data, i, radius, "exact", norm)
            assert kit.survives_floats(built.network, data, i, radius, "exact", norm)


CHANGES = {
    "sign": lambda w: -w,
    "zero": lambda w: w * 0,
    "double": lambda w: w * 2,
    "an ulp": lambda w: np.nextafter(w, np.inf, dtype=w.dtype),
    "tiny": lambda w: w * w.dtype.type(2.0**-40),
    "much": lambda w: w * w.dtype.type(1e6),
    "one more": lambda w: w + 1,
}


def ball_points(data, i, radius):
    steps = kit.rng_of("ball", i).normal(size=(16, data.n_features))
    steps *= radius * (1 - 1e-6) / np.linalg.norm(steps, axis=1, keepdims=True)
    return np.concatenate([kit.worst_points(data, i, radius, share=1 - 1e-6), data.points[i] + steps])


@pytest.mark.parametrize("name", KNOWN)
def test_no_single_change_of_a_stored_number_is_proven_wrongly(name):
    """What it still proves of a broken network must hold on many points of the ball, and in rationals."""
    data = kit.cloud("changed", 5, 2, 3)
    plan, built = kit.build(name, data, 0.9)
    right = data.values[data.labels]
    points = [ball_points(data, i, plan.radius) for i in range(data.n_samples)]
    owner = np.concatenate([np.full(len(p), i) for i, p in enumerate(points)])
    refused = 0
    for layer, (W, b) in enumerate(kit.dense(built.network)):
        places = [("weight", tuple(place)) for place in np.argwhere(W != 0)] + [("bias", k) for k in range(len(b))]
        for number, (what, place) in enumerate(places):
            change = list(CHANGES)[(number + layer) % len(CHANGES)]
            network = kit.changed(built.network, layer, **{what: place}, to=CHANGES[change])
            good, _ = proven(network, data, plan.radius)
            refused += not good.all()
            with np.errstate(all="ignore"):
                wrong = owner[evaluate(network, np.concatenate(points))[:, 0] != right[owner]]
            assert not good[wrong].any(), (layer, what, place, change)
            found = certify(network, data, plan.radius)
            assert not (good & (found.status == Outcome.FALSIFIED)).any(), (layer, what, place, change)
    assert refused > 20


@pytest.mark.parametrize("name", KNOWN)
def test_a_first_layer_that_clips_is_refused(name):
    data = kit.cloud("clips", 6, 2, 2)
    plan, built = kit.build(name, data, 0.9)
    layers = kit.dense(built.network)
    layers[0][1][:] -= layers[0][1].max()
    good, reason = proven(kit.of_dense(layers), data, plan.radius)
    assert not good.any()
    assert "clip" in reason


def test_the_command_line_checks_a_run(tmp_path):
    data = load("iris")
    memorize(data, ratio=0.8).save(tmp_path / "run")
    names = np.array([data.classes[c] for c in data.labels])
    np.savez(tmp_path / "iris.npz", X=data.points, y=names)
    command = [sys.executable, str(TOOL), str(tmp_path / "run"), str(tmp_path / "iris.npz")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "150 of 150" in done.stdout
    certificate = json.loads((tmp_path / "run" / "certificate.json").read_text())
    certificate["radius"] *= 1.3
    (tmp_path / "run" / "certificate.json").write_text(json.dumps(certificate))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 3
    (tmp_path / "run" / "network.onnx").write_bytes(b"junk")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize(("norm", "exponent"), [(1.01, 20), (1.1, 110), (2.0, 560)])
def test_powers_of_small_weights_do_not_underflow_in_norms(name, norm, exponent):
    data = kit.cloud("too large", 8, 2, 3)
    plan, built = kit.build(name, data, 0.5, "float64" if "float64" in CONSTRUCTIONS[name].dtypes else "float32")
    layers = kit.dense(built.network)
    T, b = layers[0]
    factor = 2.0**exponent
    small = T / T.dtype.type(factor) if T.dtype == np.float64 or exponent < 120 else None
    if small is None:
        pytest.skip("float32 does not reach so far")
    layers[0] = small, b
    content = to_onnx(kit.of_dense(layers), form="chain")
    points, values = data.points * factor, data.values[data.labels]
    for share in (0.5, 1.0, 3.0, 100.0):
        radius = plan.radius * share
        good, _ = tool.proven(content, points, values, radius * factor, norm)
        assert not kit.overlaps(data, np.where(good, radius, -1.0), norm)
        assert good.all() or share > 0.5


def test_rows_without_a_label_are_not_passed_over():
    data = kit.cloud("too large", 6, 2, 2)
    plan, built = kit.build("register", data, 0.5)
    content = to_onnx(built.network, form="chain")
    good, _ = tool.proven(content, data.points, data.values[data.labels][:-1], plan.radius, 2.0)
    assert not good.any()


def test_a_code_that_only_a_rounded_product_makes_whole_is_refused():
    data = kit.cloud("too large", 8, 2, 3)
    plan, built = kit.build("collapse", data, 0.5)
    layers = [(W.astype(float), b.astype(float)) for W, b in kit.dense(built.network)]
    content = to_onnx(kit.of_dense(layers), form="chain")
    assert tool.proven(content, data.points, data.values[data.labels], plan.radius, 2.0)[0].all()
    W, _ = layers[-1]
    # the parked level and the code's weight are changed so that their product is whole only after rounding
    enters = next(
        k for k in range(2, len(layers)) if layers[k][0][0, carried(layers[0]) :].any() and layers[k][0][0].min() >= 0
    )
    m = carried(layers[0])
    code = layers[enters][0][0, m] + layers[-2][1][1]
    layers[enters][0][0, m] = 3.0 * code - layers[-2][1][1]
    W[0, 1] = W[0, 1] / 3.0
    content = to_onnx(kit.of_dense(layers), form="chain")
    good, reason = tool.proven(content, data.points, data.values[data.labels], plan.radius, 2.0)
    assert not good.any()
    assert "a code is not exact" in reason


def carried(first):
    return len(first[1]) - 1


def test_two_classes_that_share_a_label_value_prove_nothing(tmp_path, capsys):
    """A forged run: the network calls everything 0 but one far point, and its metadata give both classes the value 0."""
    data = kit.cloud("too large", 8, 2, 2)
    far = Dataset(np.concatenate([data.points, [[900.0, 900.0]]]), [0] * 8 + [1])
    plan, built = kit.build("register", far, 0.5)
    (tmp_path / "certificate.json").write_text(json.dumps({"radius": plan.radius, "norm": "2"}))
    np.savez(tmp_path / "data.npz", X=data.points, y=data.labels)
    for names, values in (([0, 1], [0.0, 0.0]), ([0, "0", 1], [1.0, 0.0, 0.0]), ([0], [0.0])):
        metadata = {"classes": json.dumps(names), "label_values": json.dumps(values)}
        (tmp_path / "network.onnx").write_bytes(to_onnx(built.network, metadata, form="chain"))
        with pytest.raises(tool.Refused, match="one name or one label value"):
            tool.main([str(tmp_path), str(tmp_path / "data.npz")])
    metadata = {"classes": "[0, 1]", "label_values": "[0.0, 1.0]"}
    (tmp_path / "network.onnx").write_bytes(to_onnx(built.network, metadata, form="chain"))
    assert tool.main([str(tmp_path), str(tmp_path / "data.npz")]) == 3
    assert "4 of 8" in capsys.readouterr().out


def _retyped(node, name, **fields):
    next(a for a in node.attribute if a.name == name).CopyFrom(onnx.AttributeProto(name=name, **fields))


FILES = {
    "a transposition of another type": lambda m: _retyped(m.graph.node[2], "transB", type=1, f=1.0),
    "a factor of another type": lambda m: _retyped(m.graph.node[2], "alpha", type=2, i=1, f=3.0),
    "a factor that is text": lambda m: _retyped(m.graph.node[2], "alpha", type=3, f=1.0, s=b"7"),
    "a factor that refers to another": lambda m: m.graph.node[2].attribute[0].__setattr__("ref_attr_name", "beta"),
    "old operators": lambda m: m.opset_import[0].__setattr__("version", 6),
    "operators to come": lambda m: m.opset_import[0].__setattr__("version", 9999),
    "an input of another type": lambda m: m.graph.input[0].type.tensor_type.__setattr__("elem_type", 10),
    "an input of another width": lambda m: m.graph.input[0].type.tensor_type.shape.dim[1].__setattr__("dim_value", 7),
    "a shape to be guessed": lambda m: m.graph.initializer[1].dims.__setitem__(0, -1),
    "a bias of no name, which is none": lambda m: [
        part.__setattr__("name", "") if hasattr(part, "name") else part.__setitem__(2, "")
        for part in (m.graph.initializer[1], m.graph.node[0].input)
    ],
    "numbers stored twice": lambda m: m.graph.initializer[1].int32_data.append(1),
    "an operator overloaded": lambda m: m.graph.node[0].__setattr__("overload", "mine"),
    "a kind of file to come": lambda m: m.__setattr__("ir_version", 99),
    "a note given twice": lambda m: [m.metadata_props.add(key="classes", value=v) for v in ("[0]", "[1]")],
}


@pytest.mark.parametrize("change", FILES)
def test_files_that_a_runtime_may_read_otherwise_are_refused(change):
    data = kit.cloud("too large", 6, 2, 2)
    plan, built = kit.build("register", data, 0.5)
    model = onnx.load_from_string(to_onnx(built.network, form="chain"))
    arguments = data.points, data.values[data.labels], plan.radius, 2.0
    assert tool.proven(model.SerializeToString(), *arguments)[0].all()
    FILES[change](model)
    assert not tool.proven(model.SerializeToString(), *arguments)[0].any()


def test_rows_that_no_float64_holds_are_refused(tmp_path):
    """Rounded rows are other rows: the claim is about X."""
    data = kit.cloud("too large", 8, 2, 2)
    plan, built = kit.build("register", data, 0.5)
    metadata = {"classes": "[0, 1]", "label_values": "[0.0, 1.0]"}
    (tmp_path / "network.onnx").write_bytes(to_onnx(built.network, metadata, form="chain"))
    (tmp_path / "certificate.json").write_text(json.dumps({"radius": plan.radius, "norm": "2"}))
    whole = data.points.astype(np.int64)
    far = whole.copy()
    far[0, 0] = 2**53 + 1
    for X, proof in ((whole, 0), (data.points.astype(np.longdouble), None), (far, None), (data.points + 0j, None)):
        np.savez(tmp_path / "data.npz", X=X, y=data.labels)
        if proof is not None:
            assert tool.main([str(tmp_path), str(tmp_path / "data.npz")]) == proof
        elif X is not whole and X.dtype != np.longdouble:
            with pytest.raises(tool.Refused, match="no float64"):
                tool.main([str(tmp_path), str(tmp_path / "data.npz")])


@pytest.mark.parametrize("name", ["register", "cells"])
@pytest.mark.parametrize(("inputs", "z", "scores"), [(480, 0, -711), (268, 159, -802), (-480, 0, 700), (0, 0, 0)])
def test_slopes_that_no_float64_is_prove_nothing_more(name, inputs, z, scores):
    """Products of weights that underflow are not zero."""
    data, network, radius = kit.rescaled(name, "plane", inputs=inputs, z=z, scores=scores)
    for share in (1.0, 1.3, 3.0, 10.0):
        good, _ = proven(network, data, share * radius)
        assert not kit.overlaps(data, np.where(good, share * radius, -1.0))
        assert good.all() or share > 1 or inputs


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_coefficients_that_underflow_behind_folds_prove_nothing(norm):
    """Behind two folds x counts 2^-560 times, and the coefficient on the way back 2^-1160, which underflows, times 2^600."""
    tiny, rate = 2.0**-560, 2.0**575
    rows = [
        ([[2.0**600]], [0.0]),
        ([[2.0**-560]], [0.0]),
        ([[-(2.0**-600)]] * 2, [2.0**-550, 2.5 * tiny]),
        ([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0], [0.0, -rate]], [0.0, 0.0, 2.5 * tiny - 2.0**-550, 1.0]),
        ([[0.0, 0.0, -rate, 1.0]], [0.0]),
        ([[-1.0]], [1.0]),
    ]
    layers = [AffineLayer.from_dense(np.array(W), np.array(b)) for W, b in rows]
    network = ReluNetwork(tuple(layers[:-1]), layers[-1])
    data = Dataset([[2.0], [10.0]], [1, 0])
    assert evaluate(network, [[2.0], [3.0], [10.0]]).ravel().tolist() == [1.0, 0.0, 0.0]
    good, form = proven(network, data, 1.0, norm)
    assert form == "folded"
    assert not good[0]


SCALES = {
    "as they are": (lambda runs: runs, True),
    "one unit by twice as much": (lambda runs: [*runs[:-1], [runs[-1][0], [e + 1 for e in runs[-1][1]]]], False),
    "a layer too few": (lambda runs: runs[1:], False),
    "a unit too few": (lambda runs: [[runs[0][0], runs[0][1][1:]], *runs[1:]], False),
    "half a power": (lambda runs: [[runs[0][0], [0.5, *runs[0][1][1:]]], *runs[1:]], False),
    "no list": (lambda runs: 7, False),
}


@pytest.mark.parametrize("name", ["register", "cells"])
@pytest.mark.parametrize("change", SCALES)
def test_scaled_units_are_read_as_what_they_scale(name, change):
    data = kit.FAMILIES["plane"]()
    plan, built = kit.build(name, data, 0.9)
    model = onnx.ModelProto.FromString(to_onnx(bounded_weights(built.network, 65504.0)))
    (note,) = [entry for entry in model.metadata_props if entry.key == "unit_scales"]
    note.value = json.dumps(SCALES[change][0](json.loads(note.value)))
    targets = data.values[data.labels]
    good, form = tool.proven(model.SerializeToString(), data.points, targets, plan.radius, 2.0)
    assert (good.all() and form == name) if SCALES[change][1] else not good.any()


def test_scaled_units_are_given_the_least_and_largest_numbers_of_all_of_them():
    data = kit.FAMILIES["plane"]()
    _, built = kit.build("register", data, 0.9)
    exponents = [np.zeros(layer.n_outputs, dtype=np.int64) for layer in built.network.hidden]
    for level in exponents[1:]:
        level[-1] = -3  # the register
    content = to_onnx(with_unit_scales(built.network, exponents))
    layers, (unit, tiny, most) = tool.unscaled(*tool.read_chain(content))
    assert (unit, tiny, most) == (2.0**-24, 2.0**-147, 2.0**127)
    assert all(np.array_equal(W, layer.dense()) for (W, _), layer in zip(layers, built.network.layers, strict=True))
    exponents[0][0] = 1  # the next layer copies this unit
    with pytest.raises(tool.Refused, match="must be exact"):
        tool.unscaled(*tool.read_chain(to_onnx(with_unit_scales(built.network, exponents))))
