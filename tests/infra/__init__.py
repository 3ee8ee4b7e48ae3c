"""Adapters and servers, against the real thing."""
