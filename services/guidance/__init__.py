"""Guidance: what was said earns moments, cues and checklist ticks, by the rules of a playbook."""
