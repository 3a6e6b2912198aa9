"""Parts of documents that anybody may have written: what is not of the right kind is not there."""

from typing import Any


def fields(value: object) -> dict[str, Any]:
    """An object."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of an array."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The texts of an array."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def named(value: object, key: str) -> dict[str, dict[str, Any]]:
    """The objects of an array by the text that each has under a key."""
    return {one[key]: one for one in objects(value) if isinstance(one.get(key), str)}
