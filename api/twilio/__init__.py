"""Audio that Twilio Media Streams bring: `docs/twilio.md` says how to point a call here."""
