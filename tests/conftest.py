"""Hypothesis profiles: small by default, large and random at night (HYPOTHESIS_PROFILE=nightly)."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "small", max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "small"))
