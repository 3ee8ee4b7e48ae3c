"""A Deepgram that needs no account: live transcription as its documentation tells of it."""
