"""Answers questions from the tenant's articles: quoted, or written only of what they say."""
