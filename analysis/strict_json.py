"""JSON read strictly: what readers differ about, or what is no JSON at all, is an error."""

import json
from typing import Any


def loads(text: str | bytes) -> Any:
    """Read one JSON value.

    Raises ValueError (of which json.JSONDecodeError and UnicodeDecodeError are kinds) for what is no JSON, for a key
    that occurs twice in an object, for NaN and infinities, and for a value that is nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_each_once)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the key {name!r} occurs more than once")
        found[name] = value
    return found
