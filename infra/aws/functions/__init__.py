"""The root of the functions' deployment package: nothing but `connect` is in it."""
