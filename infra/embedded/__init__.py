"""NATS and PostgreSQL as child processes of `antiphon up`, from their PyPI wheels."""
