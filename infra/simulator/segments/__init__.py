"""Kinesis Data Streams as Contact Lens writes to it, as far as a reader's four calls go."""
