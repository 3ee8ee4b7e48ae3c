"""Servers as child processes: they start, stop, die, are found again, and harm nobody."""
