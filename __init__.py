"""Antiphon hears a contact centre's calls while they happen and answers the agent.

Commands are decided into events, events are kept in NATS JetStream, and everything
anyone reads is a projection of them. Start at `infra/main.py`; see README.md.
Imports nothing, ever: pytest loads this file a second time under another name.
"""

__version__ = "0.1.0"
