"""An Amazon Transcribe that needs no account: its WebSocket as the documentation tells of it."""
