"""Temporal drives the redaction of contacts, where a house has one: the same steps, its history."""
