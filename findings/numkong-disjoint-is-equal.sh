#!/usr/bin/env bash
# numkong 7.8.6 on a processor with AVX-512: two distributions that have nothing in common are at distance 0.
#
# `jensenshannon` is documented as equivalent to SciPy's: the distance of (1, 0) and (0, 1) is sqrt(ln 2) = 0.8326, the
# largest there is, and 0 means equal. A good engineer expects that, up to rounding, on every processor.
# Seen: where the `skylake` kernels run, terms in which one of the two is 0 are left out, so distributions without a common
# support have distance 0, and (1/4, 1/4, 1/4, 1/4) to (1, 0, 0, 0) is 0.347 instead of 0.617. With all capabilities but
# `serial` disabled the same call gives SciPy's values. float64, float32 and float16 alike; without zeros they agree.
# For users: nearest neighbours of histograms, spectra and word counts: the most different one is the nearest, and a
# machine without AVX-512 shows nothing. logwidth computes its distances itself, with bounds.
# Fails if both kernels agree. Needs AVX-512, and says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet numkong==7.8.6 scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numkong
import numpy as np
from scipy.spatial.distance import jensenshannon

assert numkong.get_capabilities()["skylake"], "this processor has no AVX-512: nothing to be seen here"
pairs = {
    "disjoint": ([1.0, 0.0], [0.0, 1.0]),
    "disjoint, 40 entries": ([0.05, 0.0] * 20, [0.0, 0.05] * 20),
    "one inside the other": ([0.25, 0.25, 0.25, 0.25], [1.0, 0.0, 0.0, 0.0]),
    "no zeros": ([0.9, 0.1], [0.1, 0.9]),
}
kinds = (np.float64, np.float32, np.float16)


def distances():
    def found(pair, kind):
        return float(numkong.jensenshannon(*(np.array(values, dtype=kind) for values in pair)))

    return {name: [found(pair, kind) for kind in kinds] for name, pair in pairs.items()}


fast = distances()
for name, present in numkong.get_capabilities().items():
    if present and name != "serial":
        numkong.disable_capability(name)
plain = distances()
for name, (p, q) in pairs.items():
    right = float(jensenshannon(p, q))
    print(f"{name}: SciPy {right:.4f}, serial {np.round(plain[name], 4).tolist()}, AVX-512 {np.round(fast[name], 4).tolist()}")
    assert np.allclose(plain[name], right, rtol=1e-3)
assert np.allclose(fast["no zeros"], plain["no zeros"], rtol=1e-3)
assert fast["disjoint"] == fast["disjoint, 40 entries"] == [0.0, 0.0, 0.0], "disjoint distributions are apart now"
assert np.allclose(fast["one inside the other"], 0.3471, atol=1e-3), "the distance is another one"
CODE
