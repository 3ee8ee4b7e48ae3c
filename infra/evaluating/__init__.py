"""How good guidance is: calls played to a playbook, and what they should have brought."""
