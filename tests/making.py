"""How builders make a sample: the defaults they name, but for what is given."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def made(kind: Callable[..., T], given: dict[str, Any], /, **defaults: Any) -> T:
    return kind(**defaults | given)
