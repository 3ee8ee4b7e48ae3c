"""Hears a contact: GetMedia's bytes become blocks on the contact clock, once and in order."""
