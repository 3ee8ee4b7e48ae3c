"""Voices that need no account: three vendors' HTTP interfaces, as documented."""
