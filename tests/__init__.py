"""Tests. Shared builders of events stand in `builders`, servers in `conftest`."""
