"""Amazon Transcribe's live transcription, behind the Recognizer port."""
