"""Room: separation. The distance from every sample to the other classes, with a direction on every bound."""

from logwidth.separation.goal import Goal, goal_of
from logwidth.separation.minimum import Separation, separation
from logwidth.separation.nearest import NearestOpposite, nearest_opposite

__all__ = ["Goal", "NearestOpposite", "Separation", "goal_of", "nearest_opposite", "separation"]
