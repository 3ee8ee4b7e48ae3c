"""Keeps every fact in an object store, with proof, and reads it back as the log does."""
