"""Hundreds of calls at once: planned from a seed, placed as Connect would, and accounted for."""
