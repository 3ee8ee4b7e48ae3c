"""The authorities of TLS, read once a process.

httpx reads them anew for every client, for 25 ms, whether or not it ever speaks TLS; tests make
some seven hundred clients of servers on this machine.
"""

from functools import cache
from importlib import import_module

_READ = "create_ssl_context"


def read_once() -> None:
    """Let clients that trust alike share what they trust."""
    transports = import_module("httpx._transports.default")
    setattr(transports, _READ, cache(getattr(transports, _READ)))
