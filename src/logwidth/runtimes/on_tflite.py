"""TensorFlow Lite (LiteRT, extra `tflite`): a file of fully connected layers, each with its ReLU."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.network import ReluNetwork
from logwidth.runtimes.runtime import Evaluator, Rows, Runtime, Settings, in_float32, known_settings, required, switched_on

FULLY_CONNECTED, FLOAT32, RELU = 9, 0, 1  # numbers of the format's schema


def tflite_runtime(settings: Settings) -> Runtime:
    """Return LiteRT's interpreter on the CPU; its setting is `xnnpack` (1: with the delegate that is the default)."""
    interpreter = required("ai_edge_litert.interpreter", "tflite")
    schema = required("ai_edge_litert.schema_py_generated", "tflite")
    builder = required("flatbuffers", "tflite")
    known_settings("tflite", settings, ("xnnpack",))
    with_delegate = switched_on(settings, "xnnpack", default=True)
    kinds = interpreter.OpResolverType
    resolver = kinds.AUTO if with_delegate else kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES

    def opened(content: bytes) -> Evaluator:
        flat = builder.Builder(1024)
        flat.Finish(_model(schema, in_float32("tflite", content)).Pack(flat), b"TFL3")
        made = interpreter.Interpreter(
            model_content=bytes(flat.Output()), experimental_op_resolver_type=resolver, num_threads=1
        )
        source, target = made.get_input_details()[0]["index"], made.get_output_details()[0]["index"]

        def evaluate(rows: Rows) -> NDArray[np.generic]:
            made.resize_tensor_input(source, rows.shape)
            made.allocate_tensors()
            made.set_tensor(source, np.ascontiguousarray(rows))
            made.invoke()
            return np.array(made.get_tensor(target))

        return evaluate

    return Runtime("tflite", str(required("importlib.metadata", "tflite").version("ai-edge-litert")), opened, settings)


def _model(schema: Any, network: ReluNetwork) -> Any:
    """Return the objects of a model: tensors x, a1, …, and weights and biases of each layer in buffers of their own."""
    buffers, tensors, operators = [schema.BufferT()], [], []

    def tensor(name: str, shape: list[int], values: NDArray[np.floating] | None = None) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = name.encode(), shape, FLOAT32, 0
        if values is not None:
            made.buffer = len(buffers)
            buffers.append(schema.BufferT())
            buffers[-1].data = np.frombuffer(values.astype("<f4").tobytes(), dtype=np.uint8)
        tensors.append(made)
        return len(tensors) - 1

    before = source = tensor("x", [1, network.n_inputs])
    for number, layer in enumerate(network.layers, start=1):
        weights = tensor(f"W{number}", [layer.n_outputs, layer.n_inputs], layer.dense())
        bias = tensor(f"b{number}", [layer.n_outputs], layer.bias)
        after = tensor(f"a{number}", [1, layer.n_outputs])
        made, options = schema.OperatorT(), schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = 0 if number == len(network.layers) else RELU
        made.opcodeIndex, made.inputs, made.outputs = 0, [before, weights, bias], [after]
        made.builtinOptionsType, made.builtinOptions = schema.BuiltinOptions.FullyConnectedOptions, options
        operators.append(made)
        before = after
    graph, model, code = schema.SubGraphT(), schema.ModelT(), schema.OperatorCodeT()
    graph.tensors, graph.operators, graph.inputs, graph.outputs = tensors, operators, [source], [before]
    code.builtinCode, code.deprecatedBuiltinCode, code.version = FULLY_CONNECTED, FULLY_CONNECTED, 1
    model.version, model.subgraphs, model.buffers, model.operatorCodes = 3, [graph], buffers, [code]
    return model
