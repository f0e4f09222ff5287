"""Feature maps: rows with a Lipschitz constant of 1 in ℓp that keep every opposite pair apart."""

from logwidth.maps.features.coordinates import coordinates_lower
from logwidth.maps.features.smallest import feature_map, smallest_feature_map

__all__ = ["coordinates_lower", "feature_map", "smallest_feature_map"]
