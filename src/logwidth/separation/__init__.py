"""Room: separation. The distance from every sample to the other classes, with a direction on every bound."""

from logwidth.compute.dask_executor import check_cluster, cluster_of
from logwidth.compute.device import device_of
from logwidth.compute.memory import memory_of, parse_bytes, working_bytes
from logwidth.separation.cover import close_pairs, smallest_cover
from logwidth.separation.extent import check_extent
from logwidth.separation.minimum import Separation, least_distance, separation
from logwidth.separation.nearest import NearestOpposite, nearest_opposite, share_within
from logwidth.separation.rounded import Blur, blurred
from logwidth.separation.spreads import unequal_spreads
from logwidth.separation.target import DEFAULT_RATIO, Target, target_of

__all__ = [
    "DEFAULT_RATIO",
    "Blur",
    "NearestOpposite",
    "Separation",
    "Target",
    "blurred",
    "check_cluster",
    "check_extent",
    "close_pairs",
    "cluster_of",
    "device_of",
    "least_distance",
    "memory_of",
    "nearest_opposite",
    "parse_bytes",
    "separation",
    "share_within",
    "smallest_cover",
    "target_of",
    "unequal_spreads",
    "working_bytes",
]
