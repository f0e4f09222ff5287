"""A strict reader of networks that are written with other operators: each must compute the same sums and maxima as a chain.

What is returned computes, per unit, a sum of the same products and the same bias in some order, and the maximum with 0: what
is proven of it for every order of summation holds for the file. (A negative zero in place of a zero changes no sum.)
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np
import onnx
from numpy.typing import NDArray

from logwidth.certify.onnx.chain import parsed
from logwidth.certify.onnx.graph import Graph, attributes_of, layer_of, plain_gemm
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork

Array = NDArray[np.floating]
OPSET = 13
COLUMNS = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0}
CLIPS = ("Relu", "Clip", "Max", "LeakyRelu")
ROW = onnx.numpy_helper.from_array(np.array([1, 1, 1, -1], dtype=np.int64)).raw_data


def image_layer(kernels: Array, bias: Array) -> AffineLayer:
    """Return the layer of a convolution `(n, 1, h, w)` whose kernels are as large as the image."""
    if kernels.ndim != 4 or kernels.shape[1] != 1:
        raise ValueError("its kernels are not those of an image of one channel")
    return layer_of(kernels.reshape(kernels.shape[0], -1), bias)


def patches(kernels: Array, bias: Array, shape: Sequence[int]) -> NDArray[np.intp]:
    """Return the pixel that stands at each place of an image of `shape` `(1, 1, h, w)` after a convolution took it apart.

    Each of the p q kernels must be 1 at one place of the p × q patch, another one each, and 0 elsewhere. Their stride is
    (p, q). Then each value is a pixel and zeros, which changes no number.
    """
    count, _, p, q = kernels.shape
    if len(shape) != 4 or list(shape[:2]) != [1, 1] or min(shape) < 1 or shape[2] % p or shape[3] % q:
        raise ValueError("its patches do not fill the image")
    ones = kernels.reshape(count, -1)
    place = ones.argmax(axis=1)
    single = count == p * q == len(set(place.tolist())) and np.array_equal(ones, np.eye(count)[place]) and not bias.any()
    if not single or kernels.shape[1] != 1 or bias.shape != (count,):
        raise ValueError("a convolution does more than to take an image apart")
    rows, columns = shape[2] // p, shape[3] // q
    pixels = np.arange(shape[2] * shape[3]).reshape(rows, p, columns, q).transpose(1, 3, 0, 2).reshape(count, -1)
    return np.asarray(pixels[place].ravel())


def norm_shift(attributes: Mapping[str, object], tensors: Sequence[Array]) -> Array:
    """Return what a batch normalisation adds, whose scale and variance (with its ε) are exactly 1.

    `tensors`: scale, shift, mean and variance `(n,)`. In each unit the shift or the mean must be 0: then the value less the
    mean, and with the shift, is one sum, in whatever way the formula is rearranged.
    """
    scale, shift, mean, variance = tensors
    epsilon = attributes.get("epsilon")
    if set(attributes) != {"epsilon"} or not isinstance(epsilon, float) or not 0 < epsilon < 1:
        raise ValueError("a batch normalisation has other attributes")
    if len({t.shape for t in tensors}) != 1 or scale.ndim != 1 or not (scale == 1).all():
        raise ValueError("a batch normalisation scales")
    if any(Fraction(float(v)) + Fraction(epsilon) != 1 for v in variance):
        raise ValueError("a batch normalisation has another variance than 1")
    if not ((shift == 0) | (mean == 0)).all():
        raise ValueError("a batch normalisation adds two numbers to a value")
    return shift - mean


def halved(layer: AffineLayer) -> AffineLayer:
    """Return every second row of a layer whose others are 0: the maximum with such a neighbour is that with 0."""
    dense = layer.dense()
    if layer.n_outputs % 2 or dense[1::2].any() or layer.bias[1::2].any():
        raise ValueError("a maximum of two neighbours is not that with 0")
    return layer_of(np.ascontiguousarray(dense[::2]), np.ascontiguousarray(layer.bias[::2]))


def stacked(above: Array, bias: Array, below: AffineLayer) -> AffineLayer:
    """Return a layer of two parts, one above the other."""
    return layer_of(np.concatenate([above, below.dense()]), np.concatenate([bias, below.bias]))


def read_other_form(content: bytes) -> ReluNetwork:
    """Return the network that a file of another form describes; raise InputError for anything out of the ordinary."""
    model = parsed(content)
    try:
        reader = _Reader(model)
        layers = list(reader.beside() if "Concat" in reader.operators else reader.chain())
        reader.expect_end()
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"the ONNX file is no other form of a network: {problem}") from problem
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def same_network(one: ReluNetwork, other: ReluNetwork) -> bool:
    """Return whether two networks have the same layers, number by number."""
    pairs = list(zip(one.layers, other.layers, strict=False))
    alike = all(np.array_equal(a.dense(), b.dense()) and np.array_equal(a.bias, b.bias) for a, b in pairs)
    return len(one.layers) == len(other.layers) and alike


class _Reader:
    """The nodes of a file, one after the other; each must read what the one before it made, and tensors of the file."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = graph = Graph(model)
        if [entry.version for entry in model.opset_import] != [OPSET]:
            raise ValueError(f"it needs operator set {OPSET}")
        if graph.kinds != {onnx.TensorProto.FLOAT} or graph.shape[:1] != [1]:
            raise ValueError("it does not take one input of float32 at a time")
        if model.graph.value_info or _sizes(model.graph.output[0])[:1] != [1]:
            raise ValueError("it declares more of its values than that there is one input")
        self.nodes, self.operators = graph.nodes, graph.operators
        self.value, self.at, self.read = graph.source, 0, set[str]()

    def array(self, name: str) -> Array:
        """Return a float32 tensor that stands plainly in the file."""
        array = self.graph.array(name)
        if array.dtype != np.float32:
            raise ValueError(f"{name} is not of float32")
        self.read.add(name)
        return array

    def take(self, *operators: str) -> onnx.NodeProto:
        """Return the next node, which must be one of these and read what was made last."""
        node: onnx.NodeProto = self.nodes[self.at]
        if node.op_type not in operators or list(node.input[:1]) != [self.value] or len(node.output) != 1:
            raise ValueError(f"node {self.at} is no {' or '.join(operators)} of the value before it")
        self.at += 1
        self.value = node.output[0]
        return node

    def chain(self) -> Iterator[AffineLayer]:
        """Yield layers, each with its clipping but the last."""
        layer = self.affine(first=True)
        while self.at < len(self.nodes):
            yield halved(layer) if self.clipped() else layer
            layer = self.affine()
        yield layer

    def beside(self) -> Iterator[AffineLayer]:
        """Yield the layers of a network whose first coordinates stay beside what changes."""
        above = self.affine()
        self.plainly_clipped()
        z, self.value = self.value, self.graph.source
        below = self.affine()
        self.expect_input([below.n_inputs])
        yield stacked(above.dense(), above.bias, below)
        m = above.n_outputs
        self.plainly_clipped()
        while True:
            layer = self.joined(z)
            if self.at == len(self.nodes):
                yield layer
                return
            self.plainly_clipped()
            if self.nodes[self.at].op_type != "Concat":
                yield layer
                break
            copies = np.eye(m, layer.n_inputs, dtype=np.float32)
            yield stacked(copies, np.zeros(m, dtype=np.float32), layer)
        yield self.affine()
        while self.at < len(self.nodes):
            self.plainly_clipped()
            yield self.affine()

    def joined(self, z: str) -> AffineLayer:
        """Return the layer on the first coordinates and what was made last."""
        node = self.nodes[self.at]
        if node.op_type != "Concat" or list(node.input) != [z, self.value] or attributes_of(node) != {"axis": 1}:
            raise ValueError("a layer does not read the first coordinates and what was made last")
        self.value, self.at = node.output[0], self.at + 1
        return self.affine()

    def affine(self, *, first: bool = False) -> AffineLayer:
        """Return the layer `W x + b` that the next nodes compute."""
        node = self.take("Gemm", "MatMul", *(["Conv"] if first else []))
        if node.op_type == "Conv":
            return self.image(node)
        weights = self.array(node.input[1])
        layer = self.product(node, weights) if node.op_type == "MatMul" else self.gemm(node, weights)
        if first:
            self.expect_input([layer.n_inputs])
        return layer

    def gemm(self, node: onnx.NodeProto, weights: Array) -> AffineLayer:
        """Return the layer of a Gemm, by rows or by columns."""
        if len(node.input) != 3:
            raise ValueError("a Gemm is not W x + b")
        if attributes_of(node) == COLUMNS:
            return layer_of(np.ascontiguousarray(weights.T), self.array(node.input[2]))
        if not plain_gemm(node):
            raise ValueError("a Gemm is not W x + b")
        return layer_of(weights, self.array(node.input[2]))

    def product(self, node: onnx.NodeProto, weights: Array) -> AffineLayer:
        """Return the layer of a MatMul and the sum or the batch normalisation behind it."""
        _expect(node, {}, 2)
        more = self.take("Add", "BatchNormalization")
        tensors = [self.array(name) for name in more.input[1:]]
        if more.op_type == "Add":
            _expect(more, {}, 2)
            return layer_of(np.ascontiguousarray(weights.T), tensors[0])
        shift = norm_shift(attributes_of(more), tensors)
        return layer_of(np.ascontiguousarray(weights.T), shift)

    def image(self, node: onnx.NodeProto) -> AffineLayer:
        """Return the layer that starts with a convolution of an image: of all of it, or one that takes it apart."""
        weights, bias = (self.array(name) for name in node.input[1:])
        said, kernel = attributes_of(node), list(weights.shape[2:])
        _expect(self.take("Flatten"), {"axis": 1}, 1)
        if said == {"kernel_shape": kernel}:
            self.expect_input([1, *kernel])
            return image_layer(weights, bias)
        if said != {"kernel_shape": kernel, "strides": kernel}:
            raise ValueError("a convolution has other attributes")
        order = patches(weights, bias, self.graph.shape)
        apart = self.affine()
        dense = np.empty_like(apart.dense())
        dense[:, order] = apart.dense()
        return layer_of(dense, apart.bias)

    def expect_input(self, shape: list[int]) -> None:
        """Refuse a file that declares its input, one at a time, of another shape."""
        if self.graph.shape != [1, *shape]:
            raise ValueError(f"its input is not declared as {[1, *shape]}")

    def clipped(self) -> bool:
        """Take nodes that are the maximum with 0; return whether they are that of every two neighbours."""
        node = self.take(*CLIPS, "Reshape")
        if node.op_type == "Reshape":
            row = self.graph.tensors[node.input[1]]
            self.read.add(row.name)
            if row.data_type != onnx.TensorProto.INT64 or list(row.dims) != [4] or row.raw_data != ROW:
                raise ValueError("a Reshape makes something else than one row")
            _expect(node, {}, 2)
            _expect(self.take("MaxPool"), {"kernel_shape": [1, 2], "strides": [1, 2]}, 1)
            _expect(self.take("Flatten"), {"axis": 1}, 1)
            return True
        if node.op_type == "LeakyRelu":
            _expect(node, {"alpha": 0.0}, 1)
        else:
            _expect(node, {}, 1 if node.op_type == "Relu" else 2)
        if len(node.input) == 2 and self.array(node.input[1]).ravel().tolist() != [0.0]:
            raise ValueError("it clips elsewhere than at 0")
        return False

    def plainly_clipped(self) -> None:
        """Take a node that is the maximum with 0."""
        if self.clipped():
            raise ValueError("neighbours are compared where coordinates stand beside what changes")

    def expect_end(self) -> None:
        """Refuse a file whose output is not what its last node makes, or that holds a tensor that nothing reads."""
        if self.value != self.graph.sink or self.at != len(self.nodes):
            raise ValueError("the last layer is not the output")
        if set(self.graph.tensors) != self.read:
            raise ValueError("it holds a tensor that nothing reads")


def _expect(node: onnx.NodeProto, attributes: dict[str, object], inputs: int) -> None:
    found = attributes_of(node)
    alike = found == attributes and all(type(found[name]) is type(value) for name, value in attributes.items())
    if not alike or len(node.input) != inputs:
        raise ValueError(f"a {node.op_type} has other attributes or inputs")


def _sizes(entry: onnx.ValueInfoProto) -> list[int]:
    return [size.dim_value for size in entry.type.tensor_type.shape.dim]
