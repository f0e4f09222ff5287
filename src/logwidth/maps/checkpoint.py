"""What a search for a map keeps of its rounds: frames, pairs and weights, never a claim."""

import os
from dataclasses import fields

import numpy as np

from logwidth.compute.step_cache import Arrays, Codec, StepCache
from logwidth.maps.search_state import SearchState

Checkpoint = str | os.PathLike[str] | StepCache | None
PARTS = tuple(field.name for field in fields(SearchState))
NUMBERS = ("value", "upper_estimate", "violation")


def _state(parts: Arrays) -> SearchState:
    value, upper_estimate, violation = (float(parts[name]) for name in NUMBERS)
    return SearchState(parts["frame"], value, upper_estimate, violation, parts["pairs"], parts["weights"])


STATE = Codec[SearchState](lambda found: {part: np.asarray(getattr(found, part)) for part in PARTS}, _state)
