"""The recogniser that needs no key: Whisper on CTranslate2, on this machine's processors."""
