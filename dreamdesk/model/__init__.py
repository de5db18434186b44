"""The nouns of DreamDesk: frozen dataclasses with no I/O, no SQL and no Qt.

Every other package may import this one; it imports nothing of ours.
"""
