"""What every form that was read off a stored network says of itself in one line."""

from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.display import OneLine


class Recognised(OneLine):
    """A form of a stored network: its construction, how labels are read off it, and its first layer."""

    name: str
    rule: str
    first: FirstLayer

    def _line(self) -> list[str]:
        rank, features = self.first.T.shape
        return [self.name, f"labels {self.rule}", f"first layer of rank {rank:,} on {features:,} features"]
