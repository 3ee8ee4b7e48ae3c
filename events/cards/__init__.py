"""Card data in what is said or typed: found by form and context, and masked. Pure.

Not even sealed may it be stored, so this stands beside `sealed.py`, where commands and services
both reach it. `spoken` reads numbers, `cues` what they are said to be, `judging` decides,
`context` remembers over utterances, `masking` replaces.
"""
