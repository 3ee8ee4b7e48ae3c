"""`python -m antiphon` is the command line."""

from .infra.cli import app

app()
