"""Personal data in what is said: what is found, what is not, and what stands in its place."""
