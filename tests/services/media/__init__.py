"""Hearing, tested with bytes that no code of ours made: by hand, by ebmlite, and by chance."""
