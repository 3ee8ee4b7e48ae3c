"""Logistic heads fitted to weighted rows: convex, so the same rows give the same heads. Pure."""

from typing import Any

import numpy as np

from ...services.router.intent_features import Numbers

PENALTY = 0.3  # of a weight's square, against rows of weight one; by cross-validation
ROUNDS = 150  # of accelerated descent; the loss hardly moves after a hundred


def fitted(rows: Numbers, holds: Numbers, weights: Numbers) -> tuple[Numbers, Numbers]:
    """Return weights (a column a label) and biases for rows, what holds in each, and how it counts.

    `rows` is n x d; `holds`, of 0 and 1, and `weights`, of 0 for "says nothing", are n x labels.
    """
    wide = np.hstack([rows, np.ones((len(rows), 1), np.float32)])
    penalty = np.full((wide.shape[1], 1), PENALTY, np.float32)
    penalty[-1] = 0  # how often something holds is no flaw of it
    step = 1 / (_curvature(wide, weights.max(axis=1)) / 4 + PENALTY)
    heads: Any = np.zeros((wide.shape[1], holds.shape[1]), np.float32)
    ahead, momentum = heads, 1.0
    for _ in range(ROUNDS):
        told = 1 / (1 + np.exp(-np.clip(wide @ ahead, -30, 30)))
        slope = wide.T @ (weights * (told - holds)) + penalty * ahead
        further = ahead - step * slope
        grown = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = further + np.float32((momentum - 1) / grown) * (further - heads)
        heads, momentum = further, grown
    return np.asarray(heads[:-1], np.float32), np.asarray(heads[-1], np.float32)


def _curvature(rows: Numbers, weights: Numbers) -> float:
    """Return the greatest eigenvalue of the weighted rows' products, by power iteration."""
    vector = np.ones(rows.shape[1], np.float32)
    length = 1.0
    for _ in range(30):
        vector = rows.T @ (weights * (rows @ vector))
        length = float(np.linalg.norm(vector))
        vector /= length
    return 1.05 * length  # from below it is never quite reached
