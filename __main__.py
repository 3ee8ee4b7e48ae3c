"""`python -m antiphon` is the command line."""

import gc

# What is imported stays: to look through it again and again is a tenth of the time it takes.
gc.disable()

from .infra.cli import app  # noqa: E402 (as said)

gc.enable()

if __name__ == "__main__":
    app()
