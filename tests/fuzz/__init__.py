"""Fuzz targets: run by hand or at night for as long as is given, not by `make test`."""
