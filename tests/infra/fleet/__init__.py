"""A fleet of calls: its plan, what it says, and how it accounts for what arrived."""
