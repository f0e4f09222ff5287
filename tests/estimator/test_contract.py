"""scikit-learn's own checks of the contract, without exemption; how many pieces are found is none of its business."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from logwidth import PreservingProjection, RobustMemorizer


@pytest.mark.filterwarnings("default")  # the checks provoke warnings of scikit-learn's own
@parametrize_with_checks([RobustMemorizer(effort="low"), PreservingProjection()])
def test_scikit_learns_contract(estimator, check):
    check(estimator)
