"""Faults, made to strike real processes and servers, and what must hold afterwards."""
