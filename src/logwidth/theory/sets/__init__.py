"""Data sets that are hard by theorem or by design, as generators with their claims."""

from logwidth.theory.sets.codes import BCH, GOLAY, HADAMARD
from logwidth.theory.sets.noisy_codes import NOISY_CODEBOOK
from logwidth.theory.sets.orthogonal import BASIS, DIFFERENCES, FRAME, MOONS, SIMPLEX, SPHERE, SPHERES
from logwidth.theory.sets.products import PRODUCTS, RINGS

HARD_SETS = {
    found.name: found
    for found in (BASIS, SIMPLEX, FRAME, SPHERE, DIFFERENCES, PRODUCTS, HADAMARD, GOLAY, BCH, SPHERES, MOONS, RINGS)
}

__all__ = ["HARD_SETS", "NOISY_CODEBOOK"]
