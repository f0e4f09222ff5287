"""The √N memorizer of Kim, Moon, Yun (NeurIPS 2025, Theorem B.3) in exact numbers: one lemma a file."""

from logwidth.construct.lattice_paper.build import LATTICE_PAPER, build_lattice_paper, shape_of
from logwidth.construct.lattice_paper.cells import Cells, cells_of

__all__ = ["LATTICE_PAPER", "Cells", "build_lattice_paper", "cells_of", "shape_of"]
