"""Twilio Media Streams: a client that speaks as Twilio does, and what becomes of what it says."""
