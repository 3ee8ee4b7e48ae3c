"""Deepgram's live transcription, behind the Recognizer port."""
