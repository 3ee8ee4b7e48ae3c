"""Marks: where in a stream a block stands, so that a repeat is known for one."""

# Number of the fragment, of the fragments without one behind it, and ordinal of the block.
Mark = tuple[int, int, int]


def mark_of(fragment: str, ordinal: int) -> Mark:
    """Return the mark of a stored block."""
    return (*order_of(fragment), ordinal)


def order_of(name: str) -> tuple[int, int]:
    """Return the first two of a mark; `name` is the fragment's number or `<number>.<n>`."""
    number, _, unnumbered = name.partition(".")
    return int(number), int(unnumbered or 0)
