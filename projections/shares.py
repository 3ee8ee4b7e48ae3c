"""How sure a share is that was counted: few cases say little."""

import math

Z_95 = 1.959964  # of the normal distribution, two-sided


def interval_95(count: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share; everything from 0 to 1, where nothing was counted.

    Source: Wilson 1927.
    """
    if not of:
        return (0.0, 1.0)
    share = count / of
    middle = share + Z_95**2 / (2 * of)
    half = Z_95 * math.sqrt(share * (1 - share) / of + Z_95**2 / (4 * of * of))
    whole = 1 + Z_95**2 / of
    return (max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole))
