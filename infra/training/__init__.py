"""How the classifiers of `services/router/intents.py` are made: of examples and calls."""
