"""Amazon Connect's news, told to Antiphon.

Runs as AWS Lambda functions: the standard library, and botocore as the runtime brings it.
"""
