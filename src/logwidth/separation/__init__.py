"""Room: separation. The distance from every sample to the other classes, with a direction on every bound."""

from logwidth.compute.dask_executor import check_cluster, cluster_of
from logwidth.compute.device import device_of
from logwidth.compute.memory import memory_of, parse_bytes, working_bytes
from logwidth.separation.cover import Cover, close_pairs, smallest_cover
from logwidth.separation.extent import check_extent
from logwidth.separation.goal import DEFAULT_RATIO, Goal, goal_of
from logwidth.separation.minimum import Separation, least_distance, separation
from logwidth.separation.nearest import NearestOpposite, nearest_opposite
from logwidth.separation.rounded import Blur, blurred
from logwidth.separation.spreads import unequal_spreads

__all__ = [
    "DEFAULT_RATIO",
    "Blur",
    "Cover",
    "Goal",
    "NearestOpposite",
    "Separation",
    "blurred",
    "check_cluster",
    "check_extent",
    "close_pairs",
    "cluster_of",
    "device_of",
    "goal_of",
    "least_distance",
    "memory_of",
    "nearest_opposite",
    "parse_bytes",
    "separation",
    "smallest_cover",
    "unequal_spreads",
    "working_bytes",
]
