"""Tests of the recording service."""
