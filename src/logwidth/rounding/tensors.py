"""Arrays that live elsewhere, torch tensors and CuPy arrays, and whether products there round as the proofs assume."""

from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError, MissingExtraError, said

DEEP = 256  # products in the sums of the probe
LIBRARIES = ("torch", "cupy")


def lives_elsewhere(points: object) -> TypeGuard[Any]:
    """Return whether `points` are an array of another library than numpy, which computes where they live."""
    return type(points).__module__.split(".")[0] in LIBRARIES


def host(array: Any) -> NDArray[Any]:
    """Return a copy of an array in numpy. Raises InputError for a format that numpy lacks, such as bfloat16."""
    try:
        if hasattr(array, "detach"):
            array = array.detach().cpu().numpy()
        return np.array(array.get() if hasattr(array, "get") else array)
    except (TypeError, ValueError, NotImplementedError) as problem:
        raise InputError(f"this tensor cannot become an array ({said(problem)}); convert it to float64") from problem


def namespace(points: Any) -> Any:
    """Return the functions of the array API standard for an array. Raises MissingExtraError without the extra `gpu`."""
    try:
        from array_api_compat import array_namespace
    except ImportError:
        raise MissingExtraError("array-api-compat", "gpu") from None
    return array_namespace(points)


def check_rounding(xp: Any, kind: Any, device: Any) -> None:
    """Raise InputError unless products on the device keep all bits of their format, and subnormal numbers.

    The proofs allow any order of summation, fused or wider; they do not allow TF32, bfloat16 or numbers flushed to zero. A
    product with ones and zeros shows these: each sum has one term that is `1 + 2u`, or one that is subnormal.
    """
    single = kind == xp.float32
    asked = getattr(xp, "get_float32_matmul_precision", lambda: "highest")  # torch has it
    try:
        precision = asked() if single else "highest"
    except RuntimeError:  # some of torch's newer settings differ from others
        precision = "mixed"
    info = xp.finfo(kind)
    fine, tiny = 1.0 + float(info.eps), float(info.smallest_normal) / 4
    left = xp.asarray(np.where(np.arange(DEEP) % 2, fine, 1.0)[:, None] * np.eye(DEEP), dtype=kind, device=device)
    right = xp.asarray(np.ones((DEEP, DEEP)), dtype=kind, device=device)
    found = host(xp.matmul(left, right))
    exact = bool((found[1::2] == fine).all() and (found[::2] == 1.0).all())
    # As bits, because where this processor flushes too, 0 equals every subnormal number.
    bits = host(xp.matmul(left * tiny, right)).view(np.uint32 if single else np.uint64)[::2]
    small = bool((bits == (1 << (21 if single else 50))).all())
    if not (exact and small and precision == "highest"):
        raise InputError(
            "products on this device round more coarsely than the proofs allow (TF32, bfloat16 or flush to zero); call "
            "torch.set_float32_matmul_precision('highest') or unset CUPY_TF32, or give the points as a numpy array"
        )
