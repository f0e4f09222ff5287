"""Room: maps. Linear maps that provably keep opposite balls apart, and the search for the narrowest."""

from logwidth.maps.ceiling.rank import rank_ceiling
from logwidth.maps.check import check_map
from logwidth.maps.nearby import shortest_pairs
from logwidth.maps.preserving import NoMapError, PreservingMap
from logwidth.maps.rank_search import smallest_rank_map
from logwidth.maps.search import search_map, trace_search
from logwidth.maps.simple import kept_fractions, pca_map, principal_rank, random_map

__all__ = [
    "NoMapError",
    "PreservingMap",
    "check_map",
    "kept_fractions",
    "pca_map",
    "principal_rank",
    "random_map",
    "rank_ceiling",
    "search_map",
    "shortest_pairs",
    "smallest_rank_map",
    "trace_search",
]
