"""Audio that its source brings: a client of its own, and what becomes of it."""
