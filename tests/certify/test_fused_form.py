"""Laws of the fused network as a file: certified from its own bytes, right in onnxruntime, refused when altered."""

import numpy as np
import onnx
import onnxruntime
import pytest

import kit
import logwidth as lw
from logwidth.certify import FUSED_CERTIFICATE, FUSED_NETWORK, Outcome, certify, fuse, read_fused_onnx, recognise
from logwidth.construct import CONSTRUCTIONS
from logwidth.errors import InputError
from logwidth.export import fused_to_onnx
from logwidth.network import AffineLayer, FusedNetwork, fused_labels
from logwidth.pipeline import fuse_run

FORMS = ["register", "collapse", "telescope", "parallel", "lanes"]
SERVED = [
    (name, family)
    for name in FORMS
    for family in ["plane", "copies", "far from zero", "seven classes"]
    if kit.serves(name, kit.FAMILIES[family]())
]


@pytest.mark.parametrize(("name", "family"), SERVED)
def test_where_the_chain_is_certified_the_fused_network_is(name, family):
    data = kit.FAMILIES[family]()
    plan, built = kit.build(name, data, 0.99, CONSTRUCTIONS[name].dtypes[0])
    chain = certify(built.network, data, plan.radius)
    network = read_fused_onnx(fused_to_onnx(fuse(built.network, recognise(built.network)).network)).network
    found = certify(network, data, plan.radius)
    assert found.form == "fused"
    assert (found.status == Outcome.CERTIFIED).all()
    drift = 1e-3 if name == "collapse" else 1e-9  # later tests store the pieces rounded again
    assert (found.radius_lower >= chain.radius_lower * (1 - drift)).all()  # it needs less of a lead
    assert not kit.overlaps(data, found.radius_lower)
    session = onnxruntime.InferenceSession(fused_to_onnx(network))
    for i in range(data.n_samples):
        points = kit.worst_points(data, i, found.radius_lower[i])
        value = data.values[data.labels[i]]
        assert (fused_labels(network, points) == value).all()
        (output,) = session.run(None, {"X": points.astype(network.dtype)})
        assert output.shape == (len(points), 1)
        assert (output == value).all()


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fused") / "run"
    lw.memorize(lw.load("iris"), ratio=0.9).save(folder)
    assert fuse_run(folder).holds
    return folder


@pytest.fixture
def folder(run_folder, tmp_path):
    for file in run_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_check_proves_a_fused_network_that_is_in_the_run(folder):
    data = lw.load("iris")
    assert lw.check(folder, data).passed
    network = read_fused_onnx((folder / FUSED_NETWORK).read_bytes()).network
    run = lw.open_run(folder)
    assert np.array_equal(fused_labels(network, data.points), run.outputs(data.points, chain=True))


@pytest.mark.parametrize("lost", [FUSED_NETWORK, FUSED_CERTIFICATE])
def test_one_file_without_the_other_fails(folder, lost):
    (folder / lost).unlink()
    assert any(f"{lost} is missing" in problem for problem in lw.check(folder, lw.load("iris")).problems)


def test_another_network_or_certificate_fails(folder):
    data, path = lw.load("iris"), folder / FUSED_NETWORK
    content = path.read_bytes()
    network = read_fused_onnx(content).network
    metadata = read_fused_onnx(content).metadata
    biases = network.scores.bias.copy()
    biases[0] += 1000.0
    worse = FusedNetwork(
        network.first, AffineLayer.from_dense(network.scores.dense(), biases), network.sizes, network.values
    )
    path.write_bytes(fused_to_onnx(worse, metadata))
    assert any("digest" in problem for problem in lw.check(folder, data).problems)
    certificate = folder / FUSED_CERTIFICATE
    found = certify(worse, data, lw.open_run(folder).certificate.radius)
    assert (found.status == Outcome.FALSIFIED).any()
    text = certificate.read_text().replace('"fused"', '"register"')
    certificate.write_text(text)
    assert any("altered" in problem for problem in lw.check(folder, data).problems)
    path.write_bytes(content)
    certificate.write_text((folder / "certificate.json").read_text())
    assert not lw.check(folder, data).passed


def altered(change):
    data = kit.FAMILIES["plane of three"]()
    _, built = kit.build("register", data)
    model = onnx.load_from_string(fused_to_onnx(fuse(built.network, recognise(built.network)).network))
    change(model.graph, model)
    return model.SerializeToString()


def _attribute(node, name, value):
    next(a for a in node.attribute if a.name == name).i = value


def _swap(graph, a, b):
    graph.node[a].op_type = b


FAULTS = {
    "smallest": lambda graph, _: _swap(graph, 3, "ReduceMin"),
    "mean": lambda graph, _: _swap(graph, 3, "ReduceMean"),
    "no relu": lambda graph, _: _swap(graph, 1, "Identity"),
    "argmin": lambda graph, _: _swap(graph, -2, "ArgMin"),
    "over the batch": lambda graph, _: graph.node[3].attribute[0].ints.__setitem__(0, 0),
    "no dimension kept": lambda graph, _: _attribute(graph.node[3], "keepdims", 0),
    "first axis": lambda graph, _: _attribute(graph.node[-1], "axis", 1),
    "scores of the inputs": lambda graph, _: graph.node[2].input.__setitem__(0, "a"),
    "maximum of another class": lambda graph, _: graph.node[5].input.__setitem__(0, graph.node[2].output[0]),
    "classes in another order": lambda graph, _: graph.node[-3].input.reverse(),
    "scaled": lambda graph, _: graph.node[2].attribute.append(onnx.helper.make_attribute("alpha2", 1)),
    "half a gemm": lambda graph, _: setattr(next(a for a in graph.node[2].attribute if a.name == "alpha"), "f", 0.5),
    "last on ties": lambda graph, _: graph.node[-2].attribute.append(onnx.helper.make_attribute("select_last_index", 1)),
    "later operators": lambda _, model: setattr(model.opset_import[0], "version", 18),
    "a value too few": lambda graph, _: graph.initializer[2].dims.__setitem__(0, 2),
    "two values alike": lambda graph, _: setattr(graph.initializer[2], "raw_data", np.zeros(3, np.float32).tobytes()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_any_other_graph_is_refused(fault):
    assert read_fused_onnx(altered(lambda *_: None)).network.n_pieces > 3
    with pytest.raises(InputError):
        read_fused_onnx(altered(FAULTS[fault]))


def test_a_label_that_is_no_integer_is_not_certified():
    data = kit.FAMILIES["plane"]()
    plan, built = kit.build("register", data)
    network = fuse(built.network, recognise(built.network)).network
    half = FusedNetwork(network.first, network.scores, network.sizes, (network.values[0], 0.5))
    assert not (certify(half, data, plan.radius).status == Outcome.CERTIFIED).any()


def test_a_chain_without_scores_cannot_be_fused(tmp_path):
    lw.memorize(lw.load("iris"), ratio=0.3, construction="cells").save(tmp_path / "run")
    with pytest.raises(InputError, match="cannot be fused"):
        fuse_run(tmp_path / "run")
