"""Amazon Connect's news, told to Antiphon.

Runs as AWS Lambda functions, with the standard library alone.
"""
