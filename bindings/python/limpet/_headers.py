"""The values of one field, in whatever the host keeps its headers."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Tuple, Union

Text = Union[str, bytes]
Headers = Union[Mapping[Any, Any], Iterable[Tuple[Text, Text]]]


def field_values(headers: Headers, name: str) -> List[bytes]:
    """All values of the field `name`, in order, several kept apart; names are
    compared without case. `name` "": none."""
    if not name:
        return []
    wanted = name.lower().encode()
    values: List[bytes] = []
    for field, value in _pairs(headers):
        if _bytes(field).lower() == wanted:
            if isinstance(value, (str, bytes)):
                values.append(_bytes(value))
            else:
                values.extend(map(_bytes, value))
    return values


def _pairs(headers: Any) -> Iterable[Tuple[Any, Any]]:
    # Some libraries join the values of one field in items() and keep them
    # apart in multi_items().
    for method in ("multi_items", "items"):
        if hasattr(headers, method):
            pairs: Iterable[Tuple[Any, Any]] = getattr(headers, method)()
            return pairs
    return headers  # type: ignore[no-any-return]


def _bytes(text: Text) -> bytes:
    # Field values are bytes that Python's servers show as Latin-1. A character
    # beyond it cannot be of a token: a request never raises.
    return text if isinstance(text, bytes) else text.encode("latin-1", "replace")
