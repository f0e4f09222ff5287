"""Checking a width certificate from the data alone."""

import math

from logwidth.certify.lower_bounds.width_bound import WidthCertificate
from logwidth.certify.lower_bounds.width_proof import evidence_problems, radius_excluded, ratio_upper
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.separation import Separation, separation


def check_width_bound(
    certificate: WidthCertificate, data: Dataset, *, separation: Separation | None = None
) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`; empty if it holds.

    The data's digest, the pairs, their labels and the weights are checked, and the bound is proven again from the
    data: the stored radius must not be smaller. `separation` must be that of `data`, computed here by default.

    Raises InputError for what is no WidthCertificate; :func:`logwidth.check_lower_bound` takes every lower bound.
    """
    if not isinstance(certificate, WidthCertificate):
        raise InputError(f"a {type(certificate).__name__} is no WidthCertificate; check_lower_bound takes every lower bound")
    if certificate.data_sha256 != data.sha256:
        return ("the data are not those of the certificate: a value, a label or their order differs",)
    problems = evidence_problems(certificate, data)
    if problems:
        return tuple(problems)
    return tuple(_bound_problems(certificate, data, separation))


def _bound_problems(certificate: WidthCertificate, data: Dataset, known: Separation | None) -> list[str]:
    stored = certificate.radius_excluded
    if not (math.isfinite(stored) and math.isfinite(certificate.ratio_excluded)):
        return ["the excluded radius and ratio must be finite"]
    proven = radius_excluded(certificate, data)
    if stored < proven:
        return [f"the weights prove that radii from {proven!r} on are excluded, not from {stored!r} on"]
    sep = separation(data, norm=certificate.norm) if known is None else known
    if certificate.ratio_excluded < ratio_upper(stored, sep):
        return [f"the excluded ratio {certificate.ratio_excluded!r} is smaller than that of the excluded radius"]
    return []
