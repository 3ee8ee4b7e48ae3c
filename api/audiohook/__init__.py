"""Audio that Genesys Cloud brings by AudioHook: `docs/audiohook.md`."""
