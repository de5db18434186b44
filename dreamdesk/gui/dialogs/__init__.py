"""Dialogs: each asks one thing, or shows one thing that was found."""
