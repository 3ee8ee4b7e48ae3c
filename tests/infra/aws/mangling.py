"""Events with anything at all in any of their places."""

import copy
from typing import Any, cast

from hypothesis import strategies as st

Path = tuple[Any, ...]

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def paths(event: Any, path: Path = ()) -> list[Path]:
    """Return every place in an event, itself included."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(event, dict):
        inner = list(cast("dict[Any, Any]", event).items())
    elif isinstance(event, list):
        inner = list(enumerate(cast("list[Any]", event)))
    return [path, *(one for key, value in inner for one in paths(value, (*path, key)))]


def mangled(event: Any, path: Path, value: Any) -> Any:
    """Return the event with `value` in one place."""
    if not path:
        return value
    changed = copy.deepcopy(event)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed
