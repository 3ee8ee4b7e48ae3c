"""The conscience, as the reactor would run it."""
