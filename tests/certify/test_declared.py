"""What is read is loaded: whatever a file declares, a strict reader refuses what onnxruntime refuses."""

import dataclasses
import hashlib

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

import logwidth as lw
from logwidth.certify import fuse, read_fused_onnx, read_onnx, recognise
from logwidth.certify.runs.certificate import Certificate
from logwidth.cli import main
from logwidth.export import fused_to_onnx, to_onnx
from logwidth.export.onnx_scan import scan_graph

DATA = lw.Dataset([[0.0, 0.0], [3.0, 4.0], [6.0, -1.0], [-2.0, 5.0], [9.0, 9.0], [-7.0, 1.0]], [0, 1, 0, 1, 2, 2])
TYPES = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.FLOAT16, TensorProto.STRING)


@pytest.fixture(scope="module")
def files():
    run = lw.memorize(DATA, ratio=0.8, construction="register")
    wide = lw.memorize(DATA, ratio=0.8, construction="register", dtype="float64")
    fused = fused_to_onnx(fuse(run.network, recognise(run.network)).network)
    return {
        "chain": (to_onnx(run.network, form="chain"), read_onnx),
        "chain of one row": (to_onnx(run.network, form="chain", batch=1), read_onnx),
        "float64": (to_onnx(wide.network, form="chain"), read_onnx),
        "carried": (to_onnx(run.network, form="scan"), read_onnx),
        "stacked": (_stacked(run.network), read_onnx),
        "fused": (fused, read_fused_onnx),
    }


def _stacked(network):
    """The older layout: all units in the stack."""
    model = onnx.load_from_string(to_onnx(network, form="scan"))
    nodes, tensors = scan_graph(network, (0, 0))
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in tensors
    )
    return model.SerializeToString()


NAMES = ("chain", "chain of one row", "float64", "carried", "stacked", "fused")


def reads(content, reader):
    try:
        reader(content)
    except lw.InputError:
        return False
    return True


def runs(content, rows=(1, 2)):
    """Whether onnxruntime loads the bytes and takes these numbers of rows (one, where that is declared)."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        taken = session.get_inputs()[0]
        dtype = np.float32 if taken.type == "tensor(float)" else np.float64
        for n in (1,) if taken.shape[0] == 1 else rows:
            session.run(None, {taken.name: np.ones((n, 2), dtype)})
    except Exception:  # noqa: BLE001 - onnxruntime has no base class of its own
        return False
    return True


def step_of(graph):
    scan = next((node for node in graph.node if node.op_type == "Scan"), None)
    return None if scan is None else next(a.g for a in scan.attribute if a.name == "body")


def changed(content, change):
    model = onnx.load_from_string(content)
    change(model)
    return model.SerializeToString()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_stored_is_read_and_runs(files, name):
    content, reader = files[name]
    assert reads(content, reader)
    assert runs(content)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_what_is_read_runs(files, name, seed):
    """Random declarations: of inputs, outputs and values, of a graph or of the body of its Scan."""
    content, reader = files[name]
    rng = np.random.default_rng([seed, NAMES.index(name)])
    counts = {True: 0, False: 0}
    for _ in range(40):
        model = onnx.load_from_string(content)
        for _ in range(rng.integers(1, 3)):
            _disturb(model, rng)
        other = model.SerializeToString()
        counts[reads(other, reader)] += 1
        assert not reads(other, reader) or runs(other)
    assert counts[False] > 5
    assert sum(counts.values()) == 40


def _disturb(model, rng):
    graph = model.graph
    body = step_of(graph)
    place = body if body is not None and rng.random() < 0.6 else graph
    made = [name for node in place.node for name in node.output]
    entries = [*place.input, *place.output]
    if rng.random() < 0.4:
        entries = [place.value_info.add(name=made[rng.integers(len(made))])]
        entries[0].type.tensor_type.elem_type = TensorProto.FLOAT
    entry = entries[rng.integers(len(entries))]
    tensor = entry.type.tensor_type
    kind = rng.integers(6)
    if kind == 0:
        tensor.elem_type = int(rng.choice(TYPES))
    elif kind == 1:
        tensor.ClearField("shape")
    elif kind == 2:
        tensor.shape.dim.add(dim_value=int(rng.integers(1, 5)))
    elif kind == 3 and tensor.shape.dim:
        tensor.shape.dim[0].dim_value = int(rng.choice([-1, 0, 1, 2, 7]))
    elif kind == 4 and tensor.shape.dim:
        tensor.shape.dim[-1].dim_value = int(rng.choice([1, 2, 3, 9]))
    elif rng.random() < 0.5:
        node = place.node[rng.integers(len(place.node))]
        node.name, node.domain = str(rng.choice(["", "a"])), str(rng.choice(["", "ai.onnx"]))
    else:
        place.name = str(rng.choice(["", "layer"]))


CASES = {
    "a batch of seven": lambda m: _first_size(m.graph.input[0], 7),
    "a batch of none": lambda m: _first_size(m.graph.input[0], 0),
    "a result of seven": lambda m: _first_size(m.graph.output[0], 7),
    "another type of the result": lambda m: _kind(m.graph.output[0], TensorProto.FLOAT16),
    "a sequence": lambda m: m.graph.output[0].CopyFrom(helper.make_tensor_sequence_value_info("Y", 1, ["N", 1])),
    "a value of another type": lambda m: _inner(m.graph, TensorProto.INT64, ["N", 3]),
    "a value of another shape": lambda m: _inner(m.graph, TensorProto.FLOAT, ["N", 333]),
    "a value of another rank": lambda m: _inner(m.graph, TensorProto.FLOAT, ["N"]),
    "a value that is not there": lambda m: m.graph.value_info.add(name="nowhere"),
    "a value without a type": lambda m: m.graph.value_info.add(name=m.graph.node[0].output[0]),
    "a tensor of no type": lambda m: m.graph.initializer.add(name="u", data_type=99, raw_data=b"abcd", dims=[1]),
    "a tensor that nothing reads": lambda m: m.graph.initializer.add(name="u", data_type=1, raw_data=b"abcd", dims=[1]),
    "two nodes of one name": lambda m: [setattr(node, "name", "same") for node in m.graph.node[:2]],
}
STEPS = {
    "a state of another type": lambda b: _kind(b.input[0], TensorProto.DOUBLE),
    "a state of another size": lambda b: _last_size(b.input[0], 99),
    "a state of seven": lambda b: _first_size(b.input[0], 7),
    "a layer of another type": lambda b: _kind(b.input[1], TensorProto.DOUBLE),
    "a layer of another size": lambda b: _last_size(b.input[1], 99),
    "a layer of another rank": lambda b: b.input[1].type.tensor_type.shape.dim.add(dim_value=1),
    "a result of another type": lambda b: _kind(b.output[0], TensorProto.DOUBLE),
    "a result of another size": lambda b: _last_size(b.output[0], 99),
    "a value of another type": lambda b: _inner(b, TensorProto.DOUBLE, ["N", 3]),
    "no name": lambda b: b.ClearField("name"),
    "nodes of one name": lambda b: [setattr(node, "name", "same") for node in b.node],
    "a domain that is spelled out": lambda b: setattr(b.node[0], "domain", "ai.onnx"),
}


def _first_size(entry, size):
    entry.type.tensor_type.shape.dim[0].dim_value = size


def _last_size(entry, size):
    entry.type.tensor_type.shape.dim[-1].dim_value = size


def _kind(entry, kind):
    entry.type.tensor_type.elem_type = kind


def _inner(graph, kind, shape):
    graph.value_info.append(helper.make_tensor_value_info(graph.node[0].output[0], kind, shape))


@pytest.mark.parametrize("name", [n for n in NAMES if n != "fused"])
@pytest.mark.parametrize("case", CASES)
def test_wrong_declarations_are_refused(files, name, case):
    content, reader = files[name]
    with pytest.raises(lw.InputError, match="not a network that logwidth stores"):
        reader(changed(content, CASES[case]))


@pytest.mark.parametrize("name", ["carried", "stacked"])
@pytest.mark.parametrize("case", STEPS)
def test_wrong_declarations_of_a_step_are_refused(files, name, case):
    content, reader = files[name]
    with pytest.raises(lw.InputError, match="not a network that logwidth stores"):
        reader(changed(content, lambda model: STEPS[case](step_of(model.graph))))


@pytest.mark.parametrize("name", NAMES)
def test_right_declarations_are_no_obstacle(files, name):
    """What shape inference adds is true, and is read."""
    content, reader = files[name]
    inferred = onnx.shape_inference.infer_shapes(onnx.load_from_string(content))
    assert len(inferred.graph.value_info) > 3 or name == "stacked"
    assert reads(inferred.SerializeToString(), reader)
    assert runs(inferred.SerializeToString())


@pytest.mark.parametrize("form", ["chain", "scan"])
def test_check_refuses_a_run_that_does_not_load(tmp_path, capsys, form):
    """The certificate is sealed again for a file whose declarations are wrong: one line, exit status 2."""
    run = lw.memorize(DATA, ratio=0.8, construction="register")
    run.save(tmp_path / "run")
    path = tmp_path / "run" / "network.onnx"
    content = changed(to_onnx(run.network, dict(onnx_metadata(path)), form=form), lambda m: _first_size(m.graph.input[0], 7))
    path.write_bytes(content)
    certificate = Certificate.from_json((tmp_path / "run" / "certificate.json").read_text())
    sealed = dataclasses.replace(certificate, network_sha256=hashlib.sha256(content).hexdigest())
    (tmp_path / "run" / "certificate.json").write_text(sealed.to_json())
    np.savez(tmp_path / "data.npz", X=DATA.points, y=DATA.labels)
    with pytest.raises(SystemExit) as ended:
        main(["check", str(tmp_path / "run"), str(tmp_path / "data.npz")])
    err = capsys.readouterr().err
    assert (ended.value.code, len(err.strip().splitlines())) == (2, 1)
    assert "7 inputs at once" in err


def onnx_metadata(path):
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props if entry.key != "hidden_sizes"}
