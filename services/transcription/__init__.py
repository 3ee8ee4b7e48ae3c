"""Speech becomes text: the Recognizer port, what follows a contact, and the local recogniser."""
