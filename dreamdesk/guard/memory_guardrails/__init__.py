"""Guardrails for memory changes: one file each, found because it is there."""
