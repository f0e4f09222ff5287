"""What every form that was read off a stored network says of itself in one line."""

from logwidth.certify.leads.first_layer import Domain, FirstLayer, domain_reaching
from logwidth.display import OneLine
from logwidth.types import FloatArray, IntArray


class Recognised(OneLine):
    """A form of a stored network: its construction, how labels are read off it, and its first layer."""

    name: str
    rule: str
    first: FirstLayer
    clips = False

    def domain(
        self, points: FloatArray, radius: float, norm: float, reach: float | None = None, rows: IntArray | None = None
    ) -> Domain:
        """Return what holds on the balls `B_p(x_i, reach)`, i in `rows`, where the first layer clips nothing."""
        return domain_reaching(self.first, points, (radius, norm), reach, rows)

    def _line(self) -> list[str]:
        rank, features = self.first.T.shape
        return [self.name, f"labels {self.rule}", f"first layer of rank {rank:,} on {features:,} features"]
