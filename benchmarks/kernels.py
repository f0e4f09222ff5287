"""Which BLAS kernels this process has loaded; a comparison counts only where all of them are of one class.

Libraries bring their own BLAS, and an old one may not know a new processor: faiss-cpu 1.15.1 bundles OpenBLAS 0.3.15, which
falls back to the SSE3 kernel "Prescott" on processors that NumPy's OpenBLAS serves with AVX-512. Times beside such a library
say which kernel it has found, not how it works. `OPENBLAS_CORETYPE`, set before Python starts, forces one kernel on all.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from threadpoolctl import threadpool_info

CLASSES = {
    "Prescott": "SSE3", "Core2": "SSE3", "Penryn": "SSE3", "Dunnington": "SSE3", "Atom": "SSE3", "Nehalem": "SSE4",
    "Sandybridge": "AVX", "Bulldozer": "AVX", "Piledriver": "AVX", "Haswell": "AVX2", "Zen": "AVX2", "Excavator": "AVX2",
    "SkylakeX": "AVX-512", "Cooperlake": "AVX-512", "Sapphirerapids": "AVX-512",
}  # fmt: skip


def loaded_kernels() -> dict[str, str]:
    """Return the kernel of every BLAS that is loaded, by the package that brought it."""
    found = {}
    for library in threadpool_info():
        if library.get("user_api") == "blas":
            package = Path(library["filepath"]).parent.name.removesuffix(".libs")
            found[package] = str(library.get("architecture", library.get("internal_api", "unknown")))
    return found


def checked_kernels(needed: Sequence[str] = ()) -> dict[str, str]:
    """Return the kernels, all of one class; `needed` packages must have been imported. Ends the program otherwise."""
    for name in needed:
        __import__(name)
    found = loaded_kernels()
    classes = {CLASSES.get(kernel, kernel) for kernel in found.values()}
    if len(classes) > 1:
        listed = ", ".join(f"{package}: {kernel} ({CLASSES.get(kernel, 'unknown')})" for package, kernel in found.items())
        sys.exit(
            f"the libraries would multiply with kernels of different classes: {listed}; set OPENBLAS_CORETYPE to one that "
            "all of them know (SkylakeX, Haswell), and start again"
        )
    return found
