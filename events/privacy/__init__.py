"""Personal data in what is said: found by form and context, over words and turns. Pure.

Stands in `events`, where commands and services both reach it, as `events/cards` does.
"""
