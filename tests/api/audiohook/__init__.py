"""Genesys AudioHook, as a client of Genesys's protocol sees it."""
