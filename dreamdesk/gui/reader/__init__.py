"""One step in full: its text with groups that fold, what is hidden in it, and what is embedded, as files on demand."""
