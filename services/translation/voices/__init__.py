"""Who speaks: one file per vendor, and a program that needs none, behind the Voice port."""
