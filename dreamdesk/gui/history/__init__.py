"""The history of an episode in one place: its revisions, what was said of them, and what came of it."""
