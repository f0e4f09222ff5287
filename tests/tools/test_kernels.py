"""Benchmarks compare only libraries whose BLAS kernels are of one class."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not BENCHMARKS.exists(), reason="an installed package has no benchmarks beside it")


def library(package, kernel):
    return {"user_api": "blas", "filepath": f"/site-packages/{package}.libs/libopenblas.so", "architecture": kernel}


@pytest.mark.parametrize(
    ("kernels", "refused"),
    [
        ({"numpy": "SkylakeX", "faiss_cpu": "Prescott"}, True),
        ({"numpy": "Haswell", "faiss_cpu": "SkylakeX"}, True),
        ({"numpy": "Haswell", "faiss_cpu": "Zen"}, False),
        ({"numpy": "SkylakeX", "faiss_cpu": "Sapphirerapids"}, False),
        ({"numpy": "of tomorrow", "faiss_cpu": "Haswell"}, True),
    ],
)
def test_kernels_of_different_classes_are_not_compared(monkeypatch, kernels, refused):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = __import__("kernels")
    monkeypatch.setattr(module, "threadpool_info", lambda: [library(*pair) for pair in kernels.items()])
    if refused:
        with pytest.raises(SystemExit, match=r"faiss_cpu: .*OPENBLAS_CORETYPE"):
            module.checked_kernels()
    else:
        assert module.checked_kernels() == kernels
    sys.modules.pop("kernels")
