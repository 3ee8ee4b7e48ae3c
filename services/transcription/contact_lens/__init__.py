"""Contact Lens as a source of text: Amazon hears the contact, and its segments become finals."""
