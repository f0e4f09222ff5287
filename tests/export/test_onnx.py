"""ONNX files: three layouts of one function, read back bit by bit; whatever else a file holds is refused."""

import dataclasses

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import kit
from logwidth import check, memorize
from logwidth.certify import read_onnx
from logwidth.construct import CONSTRUCTIONS
from logwidth.errors import InputError
from logwidth.export import to_onnx
from logwidth.network import AffineLayer, ReluNetwork, evaluate

ROUND_TRIPS = [case for case in kit.CASES if case.values[2] in ("two samples", "plane", "plane of three", "lone and many")]


def _same(a, b):
    return len(a.layers) == len(b.layers) and all(
        x.dense().tobytes() == y.dense().tobytes() and x.bias.tobytes() == y.bias.tobytes() and x.dtype == y.dtype
        for x, y in zip(a.layers, b.layers, strict=True)
    )


@pytest.fixture(scope="module")
def network():
    return kit.build("register", kit.FAMILIES["plane of three"]())[1].network


@pytest.fixture(scope="module")
def uncopied():
    return kit.build("lanes", kit.FAMILIES["plane of three"]())[1].network


@pytest.mark.parametrize("form", ["chain", "scan"])
@pytest.mark.parametrize(("name", "dtype", "family"), ROUND_TRIPS)
def test_a_round_trip_is_the_identity_and_bytes_are_deterministic(name, dtype, family, form):
    network = kit.build(name, kit.FAMILIES[family](), 0.9, dtype)[1].network
    content = to_onnx(network, {"b": "2", "a": "1"}, form=form)
    assert content == to_onnx(network, {"a": "1", "b": "2"}, form=form)
    stored = read_onnx(content)
    assert _same(stored.network, network)
    assert {key: stored.metadata[key] for key in ("a", "b")} == {"a": "1", "b": "2"}
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)


@pytest.mark.parametrize("form", ["chain", "scan"])
@pytest.mark.parametrize(("name", "dtype", "family"), ROUND_TRIPS)
def test_onnxruntime_gives_the_labels_that_we_evaluate(name, dtype, family, form):
    data = kit.FAMILIES[family]()
    plan, built = kit.build(name, data, 0.9, dtype)
    points = np.concatenate([kit.worst_points(data, i, plan.radius) for i in range(data.n_samples)]).astype(dtype)
    session = onnxruntime.InferenceSession(to_onnx(built.network, form=form), providers=["CPUExecutionProvider"])
    outputs = session.run(None, {"X": points})[0][:, 0]
    ours = evaluate(built.network, points)[:, 0]
    read = [[kit.reads(float(y), data.values, built.rule) for y in run] for run in (outputs, ours)]
    assert read[0] == read[1]
    assert None not in read[0]


STACKED = ["Gemm", "Relu", "Scan", "Gemm"]
CARRIED = ["Gemm", "Relu", "Gemm", "Relu", "Scan", "Gemm", "Gemm"]


def _operators(content):
    return [node.op_type for node in onnx.load_from_string(content).graph.node]


def test_coordinates_that_all_layers_copy_are_kept_beside_the_stack(network, uncopied):
    copied, whole = to_onnx(network, form="scan"), to_onnx(uncopied, form="scan")
    assert (_operators(copied), _operators(whole)) == ([*CARRIED, "Relu", "Gemm"], STACKED)
    m, middle = network.width - 3, network.depth - 2
    tensors = {t.name: tuple(t.dims) for t in onnx.load_from_string(copied).graph.initializer}
    assert tensors["W_carried"] == (m, network.n_inputs)
    assert (tensors["A_stack"], tensors["B_stack"], tensors["b_stack"]) == ((middle, 3, m), (middle, 3, 3), (middle, 3))


def _chain_of(*units):
    """A network whose layer t copies its first `units[t]` inputs of 3 and sums all in the others."""
    rows = [[{j: 1.0} if j < copies else {0: 0.5, 1: 0.25, 2: -2.0} for j in range(3)] for copies in units]
    layers = [AffineLayer.from_rows(3, row, [0.0, 0.0, 0.125 * t], "float32") for t, row in enumerate(rows)]
    return ReluNetwork(tuple(layers), AffineLayer.from_rows(3, [{0: 1.0, 1: 2.0, 2: 4.0}], [0.0], "float32"))


@pytest.mark.parametrize(
    ("copies", "carried"),
    [
        ((0, 2, 2), 2),
        ((3, 3, 3), 2),
        ((0, 2, 1, 2), 1),
        ((0, 2, 2, 0), 2),
        ((0, 2, 0, 0), 2),
        ((0, 2, 0, 2), 0),
        ((0, 0, 0), 0),
    ],
)
def test_what_is_carried_is_what_all_layers_copy_up_to_the_last_ones(copies, carried):
    network = _chain_of(*copies)
    content = to_onnx(network, form="scan")
    assert _same(read_onnx(content).network, network)
    points = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    outputs = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, {"X": points})[0]
    assert np.array_equal(outputs, evaluate(network, points))
    kept = [t.dims[0] for t in onnx.load_from_string(content).graph.initializer if t.name == "W_carried"]
    assert kept == ([carried] if carried else [])


def test_a_copy_with_a_bias_or_another_weight_is_none(network):
    for place, field in ((0, "bias"), (0, "weights"), (1, "bias"), (1, "weights")):
        layer = network.hidden[2]
        changed = getattr(layer, field).copy()
        changed[place] += 0.5
        odd = dataclasses.replace(layer, **{field: changed})
        forged = ReluNetwork((*network.hidden[:2], odd, *network.hidden[3:]), network.output)
        content = to_onnx(forged, form="scan")
        assert _same(read_onnx(content).network, forged)
        kept = [t.dims[0] for t in onnx.load_from_string(content).graph.initializer if t.name == "W_carried"]
        assert kept == ([place] if place else [])


def test_long_chains_become_scans_and_one_layer_never_does(monkeypatch):
    monkeypatch.setattr("logwidth.export.onnx_chain.CHAIN_LIMIT", 100)
    one = AffineLayer.from_rows(1, [{0: 1.0}], [0.5], "float32")
    assert read_onnx(to_onnx(ReluNetwork((one,), one), form="scan")).network.depth == 1
    content = to_onnx(ReluNetwork((one,) * 101, one))
    assert _operators(content) == STACKED
    assert read_onnx(content).network.depth == 101
    with pytest.raises(InputError, match="auto, chain or scan"):
        to_onnx(ReluNetwork((one,), one), form="tree")


@pytest.mark.parametrize("form", ["chain", "scan"])
def test_truncated_files_are_refused_or_still_the_same_network(network, form):
    """Cut off inside its metadata, a file may still be a complete model; it is then the same function."""
    content = to_onnx(network, {"classes": "[0, 1, 2]"}, form=form)
    complete = 0
    for end in [*range(0, 300), *range(300, len(content) - 200, 37), *range(max(0, len(content) - 200), len(content))]:
        try:
            stored = read_onnx(content[:end])
        except InputError:
            continue
        complete += 1
        assert _same(stored.network, network)
    assert complete <= 2


@pytest.mark.parametrize("form", ["chain", "scan"])
def test_flipped_bytes_raise_input_errors_only(network, form):
    content = to_onnx(network, form=form)
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(content), size=150):
        damaged = bytearray(content)
        damaged[place] ^= int(rng.integers(1, 256))
        try:
            read_onnx(bytes(damaged))
        except InputError:
            continue


@pytest.mark.parametrize("content", [b"", b"\x00", b"PK\x03\x04", b"\x08\x08", b"{}" * 50, bytes(range(256))])
def test_other_files_are_refused(content):
    with pytest.raises(InputError):
        read_onnx(content)


def _tensor(model, name):
    return next(t for t in model.graph.initializer if t.name == name)


def _external(model):
    tensor = _tensor(model, "W1")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def _external_silently(model):
    _tensor(model, "W1").external_data.add(key="location", value="../secret")


def _other_domain(model):
    model.opset_import.add(domain="com.microsoft", version=1)


def _no_opset(model):
    del model.opset_import[:]


def _old_opset(model):
    model.opset_import[0].version = 6


def _node_domain(model):
    model.graph.node[0].domain = "com.microsoft"


def _other_operator(model):
    model.graph.node[1].op_type = "Sigmoid"


def _nan(model):
    tensor = _tensor(model, "W1")
    values = numpy_helper.to_array(tensor).copy()
    values.flat[0] = np.nan
    tensor.CopyFrom(numpy_helper.from_array(values, "W1"))


def _huge(model):
    _tensor(model, "W1").dims[0] = 2**62


def _negative(model):
    dims = _tensor(model, "W1").dims
    dims[0], dims[1] = -dims[0], -dims[1]


def _transposed(model):
    _tensor(model, "W2").dims[:] = list(_tensor(model, "W2").dims)[::-1]


def _half(model):
    _tensor(model, "W1").data_type = TensorProto.FLOAT16


def _twice_stored(model):
    _tensor(model, "b1").float_data.extend([9.0])


def _more_inputs(model):
    model.graph.input.append(helper.make_tensor_value_info("Z", TensorProto.FLOAT, [1]))


def _more_outputs(model):
    model.graph.output.append(helper.make_tensor_value_info("a1", TensorProto.FLOAT, [1]))


def _default_input(model):
    model.graph.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), "X"))


def _shadowed(model):
    model.graph.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), "z1"))


def _repeated_name(model):
    model.graph.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), "b1"))


def _sparse(model):
    model.graph.sparse_initializer.add().dims.extend([1])


def _function(model):
    model.functions.add(name="Gemm", domain="")


def _alpha(model):
    next(a for a in model.graph.node[0].attribute if a.name == "alpha").f = 2.0


def _alpha_twice(model):
    model.graph.node[0].attribute.insert(0, helper.make_attribute("alpha", 2.0))


def _untransposed(model):
    next(a for a in model.graph.node[0].attribute if a.name == "transB").i = 0


def _skips(model):
    model.graph.node[2].input[0] = "X"


def _reads_unclipped(model):
    model.graph.node[2].input[0] = "a1"


def _no_bias(model):
    del model.graph.node[0].input[2]


def _no_nodes(model):
    del model.graph.node[:]


def _other_sink(model):
    model.graph.output[0].name = "a1"


def _attribute(node, name):
    return next(a for a in node.attribute if a.name == name)


def _retyped(name, kind, **fields):
    """The attribute as a value of another type, which a runtime may read as the default."""

    def fault(model):
        attribute = _attribute(model.graph.node[2], name)
        attribute.CopyFrom(onnx.AttributeProto(name=name, type=kind, **fields))

    return fault


def _referring(model):
    _attribute(model.graph.node[2], "alpha").ref_attr_name = "beta"


def _nameless(name):
    """A bias of no name: by the standard an input of no name is an input left out, so there is no bias."""

    def fault(model):
        node = next(node for node in model.graph.node if name in node.input)
        node.input[2] = _tensor(model, name).name = ""

    return fault


def _nameless_input(model):
    model.graph.input[0].name = model.graph.node[0].input[0] = ""


def _also_stored(field, value):
    return lambda model: getattr(_tensor(model, "b1"), field).append(value)


def _two_values(model):
    _attribute(model.graph.node[2], "transB").f = 0.0


def _value_of_another_type(model):
    model.graph.node[2].attribute.append(onnx.AttributeProto(name="transA", type=onnx.AttributeProto.INT, f=1.0))


def _of_another_schema(model):
    """A field that this parser does not know and a newer one may."""
    content = model.graph.node[2].SerializeToString() + b"\xf8\x3f\x01"
    model.graph.node[2].ParseFromString(content)


def _noted_twice(model):
    for value in ("[0]", "[1]"):
        model.metadata_props.add(key="classes", value=value)


STRANGE = [
    _nameless("b1"), _nameless("b2"), _nameless_input, _two_values, _value_of_another_type, _of_another_schema, _noted_twice,
    *(_also_stored(f"{kind}_data", 1) for kind in ("float", "double", "int32", "int64", "uint64")),
    _also_stored("string_data", b"1"),
    lambda model: _tensor(model, "b1").segment.__setattr__("begin", 0),
    lambda model: model.graph.node[0].__setattr__("overload", "mine"),
    lambda model: model.graph.quantization_annotation.add(),
    lambda model: model.training_info.add(),
    lambda model: model.__setattr__("ir_version", 99),
]  # fmt: skip


def _newer_opset(model):
    model.opset_import[0].version = 9999


def _defined_twice(model):
    model.graph.node[3].output[0] = model.graph.node[4].input[0] = model.graph.node[1].output[0]


def _named_as_the_input(model):
    model.graph.node[1].output[0] = model.graph.node[2].input[0] = "X"


def _declared(model, kind=TensorProto.FLOAT, features=None):
    declared = model.graph.input[0].type.tensor_type
    declared.elem_type = kind
    declared.shape.dim[1].dim_value = features or declared.shape.dim[1].dim_value


DECLARED = [
    _retyped("transB", onnx.AttributeProto.FLOAT, f=1.0),
    _retyped("transB", onnx.AttributeProto.UNDEFINED, f=1.0),
    _retyped("alpha", onnx.AttributeProto.INT, i=1, f=3.0),
    _retyped("alpha", onnx.AttributeProto.STRING, f=1.0, s=b"7"),
    lambda model: _declared(model, TensorProto.DOUBLE),
    lambda model: _declared(model, TensorProto.FLOAT16),
    lambda model: _declared(model, features=9),
    lambda model: model.graph.input[0].type.tensor_type.shape.dim.add(),
    lambda model: model.graph.output[0].type.tensor_type.__setattr__("elem_type", TensorProto.DOUBLE),
]


CHAIN_FAULTS = [
    _external, _external_silently, _other_domain, _no_opset, _old_opset, _node_domain, _other_operator, _nan, _huge,
    _negative, _transposed, _half, _twice_stored, _more_inputs, _more_outputs, _default_input, _shadowed, _repeated_name,
    _sparse, _function, _alpha, _alpha_twice, _untransposed, _skips, _reads_unclipped, _no_bias, _no_nodes, _other_sink,
    _referring, _newer_opset, _defined_twice, _named_as_the_input, *DECLARED, *STRANGE,
]  # fmt: skip


@pytest.mark.parametrize("fault", CHAIN_FAULTS)
def test_hostile_chains_are_refused(network, fault):
    model = onnx.load_from_string(to_onnx(network, form="chain"))
    assert _same(read_onnx(model.SerializeToString()).network, network)
    fault(model)
    with pytest.raises(InputError):
        read_onnx(model.SerializeToString())


def _scan(model):
    return next(node for node in model.graph.node if node.op_type == "Scan")


def _body(model):
    return next(a for a in _scan(model).attribute if a.name == "body").g


def _stack(model, name, place):
    tensor = _tensor(model, name)
    values = numpy_helper.to_array(tensor).copy()
    values[place] = 1.0
    tensor.CopyFrom(numpy_helper.from_array(values, name))


def _padding_weight(model):
    _stack(model, "W_stack", (-1, -1, 0))


def _padding_column(model):
    _stack(model, "W_stack", (0, 0, -1))


def _padding_bias(model):
    _stack(model, "b_stack", (-1, -1))


def _padding_output(model):
    _stack(model, "W_out", (0, -1))


def _body_named_as_outside(model):
    body = _body(model)
    body.input[1].name = body.node[0].input[1] = "W_out"


def _sizes(model, text):
    next(entry for entry in model.metadata_props if entry.key == "hidden_sizes").value = text


def _body_operator(model):
    _body(model).node[1].op_type = "Tanh"


def _body_domain(model):
    _body(model).node[0].domain = "evil"


def _body_tensor(model):
    _body(model).initializer.append(numpy_helper.from_array(np.ones(1, np.float32), "W"))


def _body_swapped(model):
    _body(model).node[0].input[:] = ["W", "z", "b"]


def _backwards(model):
    _scan(model).attribute.append(helper.make_attribute("scan_input_directions", [1, 1]))


def _three_scanned(model):
    next(a for a in _scan(model).attribute if a.name == "num_scan_inputs").i = 3


def _three_scanned_of_two(model):
    next(a for a in _scan(model).attribute if a.name == "num_scan_inputs").i = 2


def _scan_of_input(model):
    _scan(model).input[0] = "X"


def _body_named_alike(model):
    body = _body(model)
    body.input[1].name = body.node[0].input[1] = "z"


def _relu_without_ports(model):
    model.graph.node[0].output.append(model.graph.node[1].output[0])
    del model.graph.node[1].output[:]


def _more_scanned_outputs(model):
    _scan(model).output.append("more")


def _nameless_scanned_bias(model):
    body = _body(model)
    body.input[2].name = body.node[0].input[2] = ""


def _body_overloaded(model):
    _body(model).node[1].overload = "mine"


def _count_as_float(model):
    count = next(a for a in _scan(model).attribute if a.name == "num_scan_inputs")
    count.CopyFrom(onnx.AttributeProto(name=count.name, type=onnx.AttributeProto.FLOAT, f=2.0))


SCAN_FAULTS = [
    _padding_weight, _padding_column, _padding_bias, _padding_output, _body_operator, _body_domain, _body_tensor,
    _body_swapped, _backwards, _three_scanned, _scan_of_input, _body_named_alike, _relu_without_ports,
    _more_scanned_outputs, _count_as_float, _body_named_as_outside, _nameless_scanned_bias, _body_overloaded,
    *(lambda model, text=text: _sizes(model, text) for text in ("", "3", "-1,-1", "999", "a,b", "4" + ",4" * 50)),
]  # fmt: skip


@pytest.mark.parametrize("fault", SCAN_FAULTS)
def test_hostile_scans_are_refused(uncopied, fault):
    model = onnx.load_from_string(to_onnx(uncopied, form="scan"))
    assert _same(read_onnx(model.SerializeToString()).network, uncopied)
    fault(model)
    with pytest.raises(InputError):
        read_onnx(model.SerializeToString())


def _first_state_padding(model):
    """The first state of `uneven` has one unit, padded to three."""
    _stack(model, "W_state", (-1, 0))


def _first_state_bias(model):
    _stack(model, "b_state", (-1,))


def _stack_padding(model):
    _stack(model, "A_stack", (2, -1, 0))


def _state_padding(model):
    _stack(model, "B_stack", (2, -1, 0))


def _reads_padding(model):
    _stack(model, "B_stack", (0, 0, -1))


def _last_reads_padding(model):
    _stack(model, "B_1", (0, -1))


def _bias_padding(model):
    _stack(model, "b_stack", (2, -1))


def _reads_inside(model):
    _body(model).node[0].input[0] = "s"


def _reads_first_state(model):
    _body(model).node[0].input[0] = "s_first"


def _reads_input(model):
    _body(model).node[0].input[0] = "X"


def _reads_unclipped_carried(model):
    _body(model).node[0].input[0] = "a_carried"


def _state_of_unclipped(model):
    _scan(model).input[0] = "a_state"


def _swapped_stacks(model):
    scan = _scan(model)
    scan.input[1], scan.input[2] = scan.input[2], scan.input[1]


def _forgets_carried(model):
    _body(model).node[1].input[2] = "b"


def _step_scaled(model):
    next(a for a in _body(model).node[1].attribute if a.name == "beta").f = 0.5


def _step_gives_sum(model):
    body = _body(model)
    body.output[0].name = body.node[1].output[0]


def _last_forgets_carried(model):
    model.graph.node[6].input[2] = "b_1"


def _last_reads_first_state(model):
    model.graph.node[6].input[1:2] = ["B_1"]
    model.graph.node[6].input[0] = "s_first"


def _last_reads_unclipped(model):
    model.graph.node[5].input[0] = "a_carried"


def _last_scaled(model):
    next(a for a in model.graph.node[6].attribute if a.name == "alpha").f = 2.0


def _last_scaled_of_carried(model):
    next(a for a in model.graph.node[5].attribute if a.name == "beta").f = 0.0


def _tail_skips(model):
    model.graph.node[7].input[0] = "s_last"


def _carried_skips(model):
    model.graph.node[1].input[0] = "X"


def _carried_of_state(model):
    model.graph.node[2].input[0] = "z"


def _shadows_carried(model):
    """A part of the stack goes by the name of the coordinates."""
    body = _body(model)
    body.input[1].name = body.node[0].input[1] = "z"


def _fewer_layers(model):
    _sizes(model, ",".join(_hidden_sizes(model).split(",")[1:]))


def _fewer_units(model):
    first, second, *rest = _hidden_sizes(model).split(",")
    _sizes(model, ",".join([first, str(int(second) - 1), *rest]))


def _no_carried_unit(model):
    first, _, *rest = _hidden_sizes(model).split(",")
    _sizes(model, ",".join([first, "1", *rest]))


NOTHING = slice(0)
STATELESS = {
    "A_stack": (slice(None), NOTHING), "B_stack": (slice(None), NOTHING, NOTHING), "b_stack": (slice(None), NOTHING),
    "W_state": (NOTHING,), "b_state": (NOTHING,), "B_1": (slice(None), NOTHING),
}  # fmt: skip


def _no_state(model):
    """Without units of a state a stack of any depth takes no room in the file."""
    for name, kept in STATELESS.items():
        values = np.ascontiguousarray(numpy_helper.to_array(_tensor(model, name))[kept])
        _tensor(model, name).CopyFrom(numpy_helper.from_array(values, name))
    _sizes(model, "2,2,2,2,2,1")


def _hidden_sizes(model):
    return next(entry for entry in model.metadata_props if entry.key == "hidden_sizes").value


CARRIED_FAULTS = [
    _first_state_padding, _first_state_bias, _stack_padding, _state_padding, _reads_padding, _last_reads_padding,
    _bias_padding, _reads_inside, _reads_first_state, _reads_input, _reads_unclipped_carried, _state_of_unclipped,
    _swapped_stacks, _forgets_carried, _step_scaled, _step_gives_sum, _last_forgets_carried, _last_reads_first_state,
    _last_reads_unclipped, _last_scaled, _last_scaled_of_carried, _tail_skips, _carried_skips, _carried_of_state,
    _shadows_carried, _fewer_layers, _no_state, _fewer_units, _no_carried_unit, _body_operator, _body_domain,
    _body_tensor, _body_swapped, _backwards, _three_scanned_of_two, _scan_of_input, _relu_without_ports,
    _more_scanned_outputs, _count_as_float, _body_overloaded,
    *(lambda model, text=text: _sizes(model, text) for text in ("", "3", "-1,-1", "999", "a,b", "4" + ",4" * 50)),
]  # fmt: skip


@pytest.fixture(scope="module")
def uneven():
    """Two coordinates that three layers copy, and states of 1, 3, 3 and 2 units; then a layer of 2 and one of 1."""
    rng, sizes = np.random.default_rng(3), [3, 5, 5, 4, 2, 1]
    layers, inputs = [], 4
    for t, size in enumerate(sizes):
        copied = 2 if 0 < t < 4 else 0
        rows = [dict(enumerate(rng.normal(size=inputs).tolist())) for _ in range(size - copied)]
        layers.append(AffineLayer.from_rows(inputs, rows, rng.normal(size=len(rows)).tolist(), "float32", copied))
        inputs = size
    return ReluNetwork(tuple(layers), AffineLayer.from_rows(1, [{0: -1.0}], [2.0], "float32"))


@pytest.mark.parametrize("fault", CARRIED_FAULTS)
def test_hostile_scans_beside_carried_coordinates_are_refused(uneven, fault):
    model = onnx.load_from_string(to_onnx(uneven, form="scan"))
    onnx.checker.check_model(model, full_check=True)
    assert _same(read_onnx(model.SerializeToString()).network, uneven)
    fault(model)
    with pytest.raises(InputError):
        read_onnx(model.SerializeToString())


@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_files_beyond_two_gigabytes_are_refused_before_they_are_made(name, monkeypatch, network):
    monkeypatch.setattr("logwidth.export.onnx_chain.FILE_LIMIT", 100)
    for form in ("chain", "scan"):
        with pytest.raises(InputError, match="GiB and the format holds 2"):
            to_onnx(network, form=form)


@pytest.mark.parametrize("form", ["chain", "scan"])
def test_a_run_may_be_stored_in_either_form(form, tmp_path):
    """The same network, certified and checked from either file."""
    data = kit.FAMILIES["plane"]()
    run = memorize(data, ratio=0.6, onnx=form, bracket=False)
    assert ("Scan" in {node.op_type for node in onnx.ModelProto.FromString(run.onnx).graph.node}) == (form == "scan")
    assert check(run.save(tmp_path / form), data).passed
    with pytest.raises(InputError, match="known are: auto, chain, scan"):
        memorize(data, ratio=0.6, onnx="scam")
