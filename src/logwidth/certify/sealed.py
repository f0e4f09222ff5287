"""JSON objects that carry a digest of their own content: accidental changes are seen."""

import hashlib
import json
from typing import Any

from logwidth.errors import AlteredCertificateError, InputError
from logwidth.rounding import check_arithmetic


def seal(body: dict[str, Any], *, indent: int | None = None) -> str:
    """Return `body` as JSON text with its digest added; NaN and infinity are refused.

    >>> unseal(seal({"format": "demo", "x": 1}), "demo.json", ("demo",))
    {'format': 'demo', 'x': 1}
    """
    return json.dumps({**body, "digest": _digest(body)}, indent=indent, allow_nan=False) + "\n"


def unseal(text: str, name: str, formats: tuple[str, ...]) -> dict[str, Any]:
    """Return the object that :func:`seal` wrote, without its digest; messages call it `name`.

    Raises InputError when the text is no such object, and AlteredCertificateError when the digest does not match.
    """
    try:
        body = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=each_key_once)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{name} is not valid JSON: {problem}") from problem
    if not isinstance(body, dict) or body.get("format") not in formats or not isinstance(body.get("digest"), str):
        raise InputError(f"{name} is not a {' or '.join(formats)!r}")
    digest = body.pop("digest")
    try:
        matches = digest == _digest(body)
    except ValueError:  # a number such as 1e999 was read as infinity
        matches = False
    if not matches:
        check_arithmetic()  # numbers are read otherwise where floats are not rounded to nearest
        raise AlteredCertificateError(f"{name} was altered: its digest does not match its content")
    return body


def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; ValueError for a key that occurs twice, of which readers may take the first or the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def check_canonical(body: dict[str, Any], written: dict[str, Any], name: str) -> None:
    """Raise AlteredCertificateError unless the object that was read from `body` would write just that.

    So a claim in words says what the numbers say, no number was rounded on the way, and nothing stands there unread.
    """
    wrong = sorted(key for key in body.keys() | written.keys() if key not in body or body[key] != written.get(key))
    if wrong:
        raise AlteredCertificateError(f"{name} was altered: its {', '.join(wrong)} is not what its numbers say")


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not allowed")
