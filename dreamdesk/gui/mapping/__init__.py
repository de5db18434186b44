"""Mapping a file of unknown format: which field is what on the left, what comes of it on the right."""
