"""Reading lattices, layer by layer: coordinates, walls, the key, and a memory that is steps or words."""

from logwidth.certify.forms.lattice.digits import read_words
from logwidth.certify.forms.lattice.form import LatticeForm
from logwidth.certify.forms.lattice.registers import StepReader, read_runs
from logwidth.certify.forms.lattice.walls import WallReader, exact_top
from logwidth.certify.forms.shared.trace import Trace
from logwidth.certify.leads.first_layer import read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork

LEAST = 5  # layers of one wall and one threshold


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
