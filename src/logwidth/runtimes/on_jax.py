"""JAX (extra `jax`): layers as matrix products, the deep part as one `lax.scan` over stacked weights."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.runtimes.runtime import Evaluator, Rows, Runtime, Settings, in_float32, known_settings, required

KNOWN = ("jax_default_matmul_precision",)


def jax_runtime(settings: Settings) -> Runtime:
    """Return JAX on its default device; its setting is `jax_default_matmul_precision` (default, highest, bfloat16, …)."""
    jax = required("jax", "jax")
    known_settings("jax", settings, KNOWN)
    precision = settings.get("jax_default_matmul_precision")

    def opened(content: bytes) -> Evaluator:
        network = in_float32("jax", content)
        width, depth = network.width, network.depth
        stack, biases = np.zeros((depth, width, width), np.float32), np.zeros((depth, width), np.float32)
        for weights, bias, layer in zip(stack, biases, network.hidden, strict=True):
            bias[: layer.n_outputs] = layer.bias
            if layer is not network.hidden[0]:
                layer.fill(weights)
        first, last = np.zeros((width, network.n_inputs), np.float32), np.zeros((network.n_outputs, width), np.float32)
        network.hidden[0].fill(first)
        network.output.fill(last)

        def function(x: Any) -> Any:
            numpy = jax.numpy
            value = numpy.maximum(x @ first.T + biases[0], 0)
            step = lambda z, layer: (numpy.maximum(z @ layer[0].T + layer[1], 0), None)  # noqa: E731
            value, _ = jax.lax.scan(step, value, (stack[1:], biases[1:]))
            return value @ last.T + network.output.bias

        compiled = jax.jit(function)

        def evaluate(rows: Rows) -> NDArray[np.generic]:
            with jax.default_matmul_precision(precision):
                return np.asarray(compiled(rows))

        return evaluate

    return Runtime("jax", jax.__version__, opened, settings)
