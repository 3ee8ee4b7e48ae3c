"""A server of models that needs no weights: the vendors' protocols, and scripted answers."""
