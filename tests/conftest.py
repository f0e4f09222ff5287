"""Hypothesis profiles: small by default, large and random at night (HYPOTHESIS_PROFILE=nightly). Long files first."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "small", max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "small"))

FEW_AND_LONG = (
    "tests/cli/test_brackets.py",
    "tests/cli/test_figures.py",
    "tests/cli/test_tables.py",
    "tests/certify/test_forged_forms.py",
    "tests/construct/test_joint_map_update.py",
    "tests/construct/test_shared_cells.py",
    "tests/dataset/test_memory.py",
    "tests/docs/test_examples.py",
    "tests/docs/test_notebook.py",
    "tests/estimator/test_life.py",
    "tests/estimator/test_projection.py",
    "tests/export/test_c.py",
    "tests/export/test_faults.py",
    "tests/maps/test_checkpoint.py",
    "tests/maps/test_working_set.py",
    "tests/pipeline/test_bracket.py",
    "tests/separation/test_cluster.py",
    "tests/separation/test_foreign_cluster.py",
    "tests/tools/test_check_logwidth.py",
    "tests/tools/test_competition.py",
    "tests/tools/test_proofs.py",
    "tests/verifiers/test_readers.py",
)


def pytest_collection_modifyitems(items):
    """Put files of few and long tests first: at the end they would leave one worker alone."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(FEW_AND_LONG))
