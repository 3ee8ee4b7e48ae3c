"""What was said and heard is taken out, checked by other means, and only then let out."""
