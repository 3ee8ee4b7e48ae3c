"""How the heads of `services/router/intents.py` are made: examples and rows of them."""
