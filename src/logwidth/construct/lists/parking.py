"""Parking: an input that passes a test gets a code in the first coordinate, above all live values, and fails later tests."""

from dataclasses import dataclass

import numpy as np

from logwidth.construct.chain import Chain, Unit
from logwidth.construct.gap import power_above, thin_rate
from logwidth.construct.lists.nested import Value
from logwidth.construct.lists.peeling import Rule
from logwidth.errors import InputError
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray

LARGEST_CODE = 2**21


@dataclass(frozen=True, eq=False)
class Parking:
    """Levels `limit · 2 + unit · |v_c − v_C|` per class value, in the order of the tests; the last class stays live.

    Live first coordinates stay below `limit / 2`. `rate` turns the smallest value of a passed test into more than 1.
    """

    values: FloatArray
    limit: float
    unit: float
    rate: float

    @classmethod
    def for_values(cls, values: FloatArray, largest_live: float, smallest_pass: float) -> "Parking":
        """Return the levels for label values in the order of the tests; the last one must be the smallest or the largest."""
        codes = np.abs(values - values[-1])
        if float(codes.max()) >= LARGEST_CODE or float(np.abs(values).max()) >= LARGEST_CODE:
            raise InputError("the label values are too far apart for parked codes; use --construction register")
        limit = 2.0 * power_above(largest_live)
        return cls(values, limit, 2.0 * limit / power_above(2.0 * float(codes.max())), thin_rate(4.0 / smallest_pass))

    def level(self, number: int) -> float:
        """Return the level of the class that is tested at this place."""
        return 2.0 * self.limit + self.unit * abs(float(self.values[number] - self.values[-1]))

    def guard(self, m: int) -> Rule:
        """Return the rule that a parked point fires: the first coordinate is above the limit; its label is 'other'."""
        return Rule(np.eye(m)[0], self.limit, 1, self.limit / 2)

    def park(self, chain: Chain, value: Value, number: int) -> dict[str, float]:
        """Add three layers that test a value and take the first coordinate of an input that passes to 0.

        Returns what the next layer has to add to it.
        """
        chain.carry([Unit("e", value.inputs, value.bias, value.z_weights)])
        chain.carry([Unit("miss", {"e": -self.rate}, 1.0)], {"e": -self.rate * self.limit})
        chain.carry([Unit("hit", {"miss": -1.0}, 1.0)])
        return {"hit": self.level(number)}

    def read_out(self, chain: Chain, pending: dict[str, float]) -> ReluNetwork:
        """Add the layer that holds the code alone, and the output."""
        base = 2.0 * self.limit
        chain.last([Unit("code", {"z0": 1.0, **pending}, -base)])
        sign = 1.0 if self.values[0] > self.values[-1] else -1.0
        return chain.output(Unit("label", {"code": sign / self.unit}, float(self.values[-1])))
