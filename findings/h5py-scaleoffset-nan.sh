#!/usr/bin/env bash
# h5py 3.16.0: a missing value comes back as a number, unless it stands first.
#
# `create_dataset(..., scaleoffset=2)` stores floats with two decimals ("the number of digits after the decimal point to
# retain"). A good engineer expects each number to within 0.005, and NaN to be NaN: it has no decimals to lose, and infinity
# in its place comes back as it is.
# Seen: of 0, 0.1, ... 1.5 with NaN in the place of 0.3, the fourth number comes back as 0.1. Shifted up by 5 or down by 7
# the NaN is 5.0 or -7.0: the smallest number of its chunk, or close to it. If NaN stands first in its chunk, all NaNs of
# that chunk come back as NaN. So it depends on where the chunks begin which gaps are filled. float32 alike, and with
# fillvalue=NaN. Reading gives no sign.
# For users: gaps of sensors and masks of images become measurements, and small ones. logwidth refuses NaN by row and
# column, and cannot where none is left: look before you write.
# Fails if NaN comes back, or does not where it stands first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet h5py==3.16.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import h5py
import numpy as np

print("HDF5", h5py.version.hdf5_version)


def stored(values, chunk, **options):
    with h5py.File("a.h5", "w") as file:
        file.create_dataset("a", data=values, scaleoffset=2, chunks=(chunk,), **options)
    with h5py.File("a.h5") as file:
        return file["a"][:]


tenths = np.arange(16) / 10
for shift in (0, 5, -7):
    for dtype in (np.float64, np.float32):
        values = (tenths + shift).astype(dtype)
        values[3] = np.nan
        for options in ({}, {"fillvalue": np.nan}):
            back = stored(values, 16, **options)
            if dtype is np.float64 and not options:
                print(f"NaN among {values[0]} to {values[-1]} comes back as {back[3]}")
            assert values[0] - 0.01 < back[3] < values[0] + 0.11, "NaN is kept, or another number"
            assert np.allclose(np.delete(back, 3), np.delete(values, 3), atol=0.006)

values = tenths.copy()
values[[4, 6]] = np.nan
for chunk in (16, 4):
    kept = np.isnan(stored(values, chunk))
    print(f"chunks of {chunk}: of NaN in places 4 and 6 is kept {np.flatnonzero(kept).tolist()}")
    assert kept.sum() == (0 if chunk == 16 else 2)
values[[4, 6]] = np.inf
assert np.array_equal(stored(values, 16)[[4, 6]], [np.inf, np.inf])
CODE
