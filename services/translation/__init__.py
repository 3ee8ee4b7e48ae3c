"""Hears which language is spoken, translates what is said, and speaks what an agent types."""
