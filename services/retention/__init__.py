"""How long what is kept of contacts stays: what is due is computed from facts, then done."""
