"""Tests of the retention service."""
