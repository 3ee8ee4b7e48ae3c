r"""What is measured beside us: each script runs in its peer's own environment, not in ours.

A script imports its peer, that peer's drivers and the standard library, nothing of Antiphon. It
is told what to do as JSON on its standard input, and prints one line of JSON: what it measured,
and how it was configured. See `peer_environment.py`; each `.lock` was made by

    uv pip compile --generate-hashes --no-emit-index-url --no-header --no-annotate \
        --python-version 3.11 --python-platform x86_64-unknown-linux-gnu - --output-file NAME.lock

from `eventsourcing[postgres]` and `psycopg[binary,pool]`; from `faststream[nats]`,
`fast-depends[msgspec]`, `asyncpg`, `uvloop`; and from `nats-py`, `msgspec`, `asyncpg`, `uvloop`.
"""
