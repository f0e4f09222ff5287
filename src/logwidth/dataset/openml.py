"""Data sets of openml.org, through scikit-learn's fetcher, which keeps what it has fetched."""

import re
import warnings
from typing import Any

from logwidth.dataset.label_texts import parse_texts
from logwidth.errors import InputError, said

PREFIX = "openml:"
NAME = re.compile(r"[A-Za-z0-9._()-]{1,128}")


def is_openml(data: object) -> bool:
    """Return whether `data` names a data set of openml.org.

    >>> is_openml("openml:iris"), is_openml("iris")
    (True, False)
    """
    return isinstance(data, str) and data.startswith(PREFIX)


def read_openml(data: str, label: str | None) -> tuple[Any, list[object], str]:
    """Return features, labels and the numbered name `openml:ID` of `openml:NAME` or `openml:ID`.

    `label` names the target, by default the one that openml.org names. A name means its oldest active version; the number
    names one version for good. Labels that are written as numbers become numbers.

    Raises InputError when there is no such data set, no answer, or no single target.
    """
    from sklearn.datasets import fetch_openml

    name = data.removeprefix(PREFIX)
    if not NAME.fullmatch(name):
        raise InputError(f"{data!r}: after openml: comes a name or a number of openml.org")
    wanted = {"data_id": int(name)} if name.isdecimal() else {"name": name}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = fetch_openml(
                **wanted, target_column=label or "default-target", as_frame=True, parser="liac-arff", n_retries=1
            )
    except Exception as problem:  # of any class: the network, a missing set, a damaged answer
        raise InputError(f"cannot load {data!r} from openml.org: {said(problem)}") from problem
    target = found.target
    if target is None or target.ndim != 1:
        raise InputError(f"{data!r} has no single label column; name one of its columns with label=")
    labels = parse_texts(["" if missing else str(value) for value, missing in zip(target, target.isna(), strict=True)])
    return found.data, labels, f"{PREFIX}{found.details['id']}"
