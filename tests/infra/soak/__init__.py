"""Soaks: what grows, what was lost, and the calls that show it."""
