#!/usr/bin/env bash
# blosc2 4.14.1: exp(-x**2 / 2) is 22.8 at x = 2.5, where 0.044 is right.
#
# Expressions in text, `blosc2.lazyexpr` and `blosc2.evaluate`, are those of Python ("any valid expression that numexpr can
# ingest", "a drop-in replacement for numexpr.evaluate()"), on compressed arrays as on NumPy's. A good engineer expects
# Python's precedence, and one value for one expression.
# Seen: for compressed arrays -x**2, and -(x**2) with its parentheses, is +x**2: of 3 it is 9, while 0 - x**2 is -9. A
# Gaussian grows. 2**3**2 is 64 instead of 512. With integers, a / b * 2 is cut to whole numbers first: -7 / 3 * 2 is -4.0
# instead of -4.67, as float64. If the operands are NumPy arrays the same call gives Python's values. So does a slice of the
# expression: `e[:]` and `e[0:n]`, which is all of it too, differ in sign. Lengths from 4 to 10,000 make no difference, nor
# does float32. Of the same formulas without quotes, a / b * 2 is wrong and -x**2 is right. No warning.
# For users: kernels, densities and losses over arrays that do not fit into memory; a test with small NumPy arrays is right.
# logwidth evaluates nothing from text.
# Fails if the text has Python's meaning for compressed arrays, or not for NumPy's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet blosc2==4.14.1 numexpr==2.14.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import blosc2
import numexpr
import numpy as np

wrong = {"-x**2": 6.25, "-(x**2)": 6.25, "exp(-x**2 / 2)": np.exp(3.125), "2**3**2 + x": 66.5, "a / b * 2": -4}
right = {"0 - x**2": -6.25, "-(x * x)": -6.25, "2 - x**2": -4.25}
for size in (4, 10_000):
    numbers = {"x": np.full(size, 2.5), "a": np.full(size, -7), "b": np.full(size, 3)}
    packed = {name: blosc2.asarray(value) for name, value in numbers.items()}
    for text in [*wrong, *right]:
        python = eval(text, {**numbers, "exp": np.exp})[0]
        compressed = blosc2.lazyexpr(text, packed)[:]
        plain = blosc2.lazyexpr(text, numbers)[:]
        if size == 4:
            print(f"{text}: {python:.4f} in Python, {compressed[0]:.4f} compressed")
        assert np.allclose(plain, python) and np.allclose(numexpr.evaluate(text, numbers), python)
        assert np.allclose(compressed, wrong.get(text, python)), f"{text} has another value now"
        assert np.isclose(blosc2.evaluate(text, packed)[0], compressed[0])
        sliced = blosc2.lazyexpr(text, packed)[0:size]
        assert np.allclose(sliced, python), "a slice is wrong, too"
    assert np.allclose((-(packed["x"] ** 2))[:], -6.25) and np.allclose((packed["a"] / packed["b"] * 2)[:], -4)
single = blosc2.asarray(np.array([1.5, 3], np.float32))
assert (blosc2.lazyexpr("-(x**2)", {"x": single})[:] == [2.25, 9]).all()
CODE
