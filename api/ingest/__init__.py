"""Audio that its source brings by a WebSocket: `docs/ingest.md` is the protocol."""
