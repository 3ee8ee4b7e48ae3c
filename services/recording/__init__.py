"""Recording: with consent, one encrypted object of both tracks per contact."""
