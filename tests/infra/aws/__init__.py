"""Tests of what runs in the customer's AWS account."""
