"""Suites that every adapter of a port must pass; `tests/infra` runs them."""
