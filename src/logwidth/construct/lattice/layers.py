"""The layers of a lattice network: walls as exact 0 or 1, their weighted sum, and the memory of labels over keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from logwidth.construct.chain import Chain, Unit
from logwidth.construct.lattice.memory import Runs, Words

Sum = tuple[dict[str, float], float]  # weights on named units, and a constant


@dataclass(frozen=True)
class Step:
    """A wall: `ReLU(slope z_j + bias)` is 0 below it and at least 1 above; `weight` is what the key gets below."""

    coordinate: int
    slope: float
    bias: float
    weight: int


def groups_of(steps: Sequence[Step], lanes: int) -> list[list[Step]]:
    """Return the walls in groups of `lanes`, coordinate after coordinate, those with few walls first.

    So a coordinate with few walls is soon read no more.
    """
    counts: dict[int, int] = {}
    for step in steps:
        counts[step.coordinate] = counts.get(step.coordinate, 0) + 1
    order = sorted(steps, key=lambda step: (counts[step.coordinate], step.coordinate, -step.bias / step.slope))
    return [order[k : k + lanes] for k in range(0, len(order), lanes)]


def add_walls(chain: Chain, groups: Sequence[Sequence[Step]]) -> Sum:
    """Add the layers of the walls to a chain whose first layer holds units `c0 …`; return the key as a sum of units.

    With `a = ReLU(slope z + bias)`, `f = ReLU(1 − a)` is 1 below the wall and 0 above. A layer holds the a of one group, the
    f of the group before it, and the sum of those before: coordinates end with their last wall.
    """
    key: dict[str, float] = {}
    before: Sequence[Step] = ()
    for g in range(len(groups) + 1):
        group = groups[g] if g < len(groups) else ()
        later = sorted({step.coordinate for rest in groups[g + 1 :] for step in rest})
        units = [Unit(f"c{j}", {f"c{j}": 1.0}) for j in later]
        units += [Unit(f"a{k}", {f"c{s.coordinate}": s.slope}, s.bias) for k, s in enumerate(group)]
        units += [Unit(f"f{k}", {f"a{k}": -1.0}, 1.0) for k in range(len(before))]
        units += [Unit("k", key)] if key else []
        chain.last(units)
        key = ({"k": 1.0} if key else {}) | {f"f{k}": float(s.weight) for k, s in enumerate(before)}
        before = group
    return key, 0.0


def add_runs(chain: Chain, key: Sum, runs: Runs) -> Sum:
    """Add a layer for every boundary between runs, and one; return the code as a sum of units.

    `q_i = ReLU(key − start_i + 1)`, `f_i = ReLU(1 − q_i)` is 1 below start_i, `y_i = y_{i−1} + step_i (1 − f_i)`.
    """
    code: Sum = ({}, float(runs.codes[0]))
    place, steps = 0, [float(b - a) for a, b in zip(runs.codes[:-1].tolist(), runs.codes[1:].tolist(), strict=True)]
    q = key
    for i in range(len(steps) + 1):
        units = []
        if i < len(steps):
            units.append(_unit("q", q, 1.0 - (int(runs.starts[i]) - place)))
        if i > 0:
            units.append(Unit("f", {"q": -1.0}, 1.0))
        if code[0]:
            units.append(_unit("y", code))
        chain.last(units)
        if i > 0:
            code = _stepped(({"y": 1.0}, 0.0) if code[0] else code, steps[i - 1])
        if i < len(steps):
            q, place = ({"q": 1.0}, 0.0), int(runs.starts[i]) - 1
    return code


def add_words(chain: Chain, key: Sum, words: Words) -> Sum:
    """Add the layers that select the word of a key and read its digit; return the code as a sum of units."""
    word, slot = _select(chain, key, words)
    return _digit(chain, word, slot, words)


def _select(chain: Chain, key: Sum, words: Words) -> tuple[Sum, Sum]:
    """Add a layer for every word but the first, and one; return the word and the key less its base as sums of units.

    As for runs: `u ← u + (word_i − word_{i−1})(1 − f_i)`, `r ← r − (base_i − base_{i−1})(1 − f_i)`.
    """
    bases = words.bases.tolist()
    word: Sum = ({}, float(words.words[0]))
    slot, q, place = key, key, 0
    for i in range(1, len(bases) + 1):
        units = []
        if i < len(bases):
            units.append(_unit("q", q, 1.0 - (bases[i] - place)))
        if i > 1:
            units.append(Unit("f", {"q": -1.0}, 1.0))
        if word[0]:
            units.append(_unit("u", word))
        chain.last([*units, _unit("r", slot)])
        slot = ({"r": 1.0}, 0.0)
        if i > 1:
            kept: Sum = ({"u": 1.0}, 0.0) if word[0] else word
            word = _stepped(kept, float(words.words[i - 1] - words.words[i - 2]))
            slot = _stepped(slot, float(bases[i - 2] - bases[i - 1]))
        if i < len(bases):
            q, place = ({"q": 1.0}, 0.0), bases[i] - 1
    return word, slot


def _digit(chain: Chain, word: Sum, slot: Sum, words: Words) -> Sum:
    """Add two layers for every bit of a word, from the top, and one: those of slot `r`, or of the last one for r beyond it.

    `h = ReLU(u − 2^e + 1)`, `f = ReLU(1 − h)` is 1 where bit e is 0, and then `u ← u − 2^e (1 − f)`; `s = ReLU(1 − f −
    |r − slot|)` is the bit where it counts, and the code gets `2^place s`.
    """
    code: Sum = ({}, 0.0)
    chosen: dict[str, float] = {}
    for number in range(words.bits + 1):
        units = [Unit("s", chosen, 1.0)] if number else []
        if number < words.bits:
            top = 2.0 ** (words.bits - 1 - number)
            units = [_unit("h", word, 1.0 - top), _unit("u", word), *units, _unit("r", slot)]
        chain.last([*units, *([_unit("y", code)] if code[0] else [])])
        if number:
            place = float(2 ** (words.digit_bits - 1 - (number - 1) % words.digit_bits))
            code = ({"s": place} | ({"y": 1.0} if code[0] else {}), 0.0)
        if number == words.bits:
            break
        at, last = float(number // words.digit_bits), number // words.digit_bits == words.slots - 1
        units = [Unit("f", {"h": -1.0}, 1.0), Unit("u", {"u": 1.0})]
        units += [Unit("over", {"r": 1.0}, -at), Unit("under", {"r": -1.0}, at)]
        chain.last([*units, *([_unit("y", code)] if code[0] else [])])
        code = ({"y": 1.0}, 0.0) if code[0] else code
        chosen = {"f": -1.0, "under": -1.0} | ({} if last else {"over": -1.0})
        word, slot = ({"u": 1.0, "f": top}, -top), ({"over": 1.0, "under": -1.0}, at)
    return code


def _stepped(total: Sum, step: float) -> Sum:
    """Return the sum with `step (1 − f)` added."""
    return total[0] | {"f": -step}, total[1] + step


def _unit(name: str, total: Sum, more: float = 0.0) -> Unit:
    return Unit(name, total[0], total[1] + more)
