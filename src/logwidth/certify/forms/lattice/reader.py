"""Reading lattices, layer by layer: coordinates, walls, the key, and a memory that is steps or words, digit by digit."""

import numpy as np

from logwidth.certify.forms.lattice.form import LatticeForm
from logwidth.certify.forms.lattice.memory import Digit, WordMemory
from logwidth.certify.forms.lattice.walls import Register, StepReader, WallReader, exact_top, read_runs, whole
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.leads.first_layer import read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork

LEAST = 5  # layers of one wall and one threshold


def read_words(steps: StepReader) -> WordMemory:
    """Return the words that steps select by the key, and their digits."""
    word, base = Register("u", steps.top), Register("r", steps.top, follows=True, rows=[0])
    steps.read([word, base])
    return _DigitReader(steps, word, base).read()


class _DigitReader:
    """The layers behind the steps: `h = ReLU(u − 2^e + 1)`, then `f = ReLU(1 − h)`, which is 1 where bit e is 0.

    `over`, `under` are `ReLU(± (r − slot))`; `s = ReLU(1 − f − over − under)` is the bit where r is the slot, and 0 where it
    is not; `y` adds up what the bits count.
    """

    def __init__(self, steps: StepReader, word: Register, base: Register) -> None:
        self.steps, self.trace, self.top, self.word, self.base = steps, steps.trace, steps.top, word, base
        self.bit, self.slot, self.beyond = 0, 0, False
        self.digits: list[Digit] = []

    def read(self) -> WordMemory:
        """Return the words with their digits."""
        self._top()
        self._test()
        while "u" in self.trace.peek(0).inputs:
            self._strip()
            self._test()
        kept = self._sum_kept()
        s, *rest = self.trace.last("s", *kept)
        self._select(s)
        self._keep(rest)
        output = self.trace.output()
        self._count(output, kept=bool(kept), bias=ANY)
        whole(output, output.bias, most=self.top / 2)
        if sum(digit.place for digit in self.digits) > self.top / 4:
            raise output.refuse("adds up digits that are too large for sums without rounding")
        words, bases = (np.array(rows, dtype=np.int64) for rows in (self.word.rows, self.base.rows))
        return WordMemory(self.steps.thresholds, words, -bases, tuple(self.digits), output.bias)

    def _top(self) -> None:
        """Read the layer behind the last threshold: the word, the slot, and the test of the top bit."""
        kept = "u" in self.trace.names
        h, u, r = self.trace.last("h", "u", "r")
        self.word.step(u, kept=kept)
        self.base.step(r, kept=True)
        for register in (self.word, self.base):
            register.check(u, self.steps.thresholds, len(register.rows))
        self.bit = self._exponent(h, u)
        if max(self.word.rows) >= 2 ** (self.bit + 1):
            raise h.refuse("tests a bit below the top of a word")

    def _test(self) -> None:
        """Read the second layer of a bit."""
        summed = "s" in self.trace.names
        kept = bool(self._sum_kept())
        f, u, over, under, *rest = self.trace.last("f", "u", "over", "under", *(["y"] if summed else []))
        f.expect({"h": -1.0}, bias=1.0)
        u.expect({"u": 1.0})
        whole(under, under.bias, most=self.top / 4)
        if under.bias < 0:
            raise under.refuse("compares with no slot")
        over.expect({"r": 1.0}, bias=-under.bias)
        under.expect({"r": -1.0}, bias=under.bias)
        for unit in rest:
            self._count(unit, kept=kept, bias=0.0)
        self.slot = int(under.bias)

    def _strip(self) -> None:
        """Read the first layer of the next bit: the word without the bit before, that bit where it counts, the slot."""
        kept = self._sum_kept()
        h, u, s, r, *rest = self.trace.last("h", "u", "s", "r", *kept)
        power = float(2**self.bit)
        u.expect({"u": 1.0, "f": power}, bias=-power)
        r.expect({"over": 1.0, "under": -1.0}, bias=float(self.slot))
        self._select(s)
        self._keep(rest)
        if self._exponent(h, u) != self.bit - 1:
            raise h.refuse("does not test the next bit")
        self.bit -= 1

    def _exponent(self, h: Unit, u: Unit) -> int:
        """Return e, where h is u less `2^e − 1`: its sums reach from `−top` to `top`, as e is below p − 1."""
        h.expect(u.inputs, bias=ANY)
        power = 1.0 + u.bias - h.bias
        whole(h, h.bias, most=self.top)
        whole(h, power, most=self.top / 4)
        if power < 1 or np.frexp(power)[0] != 0.5:
            raise h.refuse("tests no bit")
        return int(power).bit_length() - 1

    def _select(self, s: Unit) -> None:
        self.beyond = "over" not in s.inputs
        s.expect({"f": -1.0, "under": -1.0} | ({} if self.beyond else {"over": -1.0}), bias=1.0)

    def _count(self, unit: Unit, *, kept: bool, bias: float | None) -> None:
        """Read what the bit selected last counts."""
        place = unit.weight("s", sign=+1)
        whole(unit, place, most=self.top / 4)
        unit.expect({"s": place} | ({"y": 1.0} if kept else {}), bias=bias)
        self.digits.append(Digit(self.bit + (bias is not ANY), place, self.slot, self.beyond))

    def _sum_kept(self) -> list[str]:
        return ["y"] if "y" in self.trace.names else []

    @staticmethod
    def _keep(units: list[Unit]) -> None:
        for unit in units:
            unit.expect({"y": 1.0})


def read_lattice(network: ReluNetwork) -> LatticeForm:
    """Return the form of a stored lattice; raise UnrecognisedNetworkError where the network departs from it.

    Layer 1 holds coordinates. Layers of walls follow until no coordinate is left, then the memory: a layer that counts down
    the key holds one unit more where words are selected, which keep the key.
    """
    if network.depth < LEAST:
        raise UnrecognisedNetworkError(f"{network.depth} layers are too few for a lattice", 1)
    first, top = read_first_layer(network.hidden[0], []), exact_top(network.dtype)
    trace = Trace(network, 0, [f"c{j}" for j in range(first.m)])
    walls = WallReader(trace, top)
    key = walls.read()
    ahead = trace.units_ahead
    if ahead not in (1, 2):
        raise trace.refuse(f"has {ahead} units where a key is counted down")
    steps = StepReader(trace, key, top)
    memory = read_runs(steps) if ahead == 1 else read_words(steps)
    return LatticeForm(first, tuple(walls.walls), memory)
