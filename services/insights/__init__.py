"""What can be counted of a contact, as facts: talk, silence, interruptions, feelings, topics."""
