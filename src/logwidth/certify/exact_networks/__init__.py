"""Networks of exact numbers: their strict reader, and the proof of balls without any rounding."""
