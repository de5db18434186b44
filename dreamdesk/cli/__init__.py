"""The command line: the same pipeline as the window, scriptable. No Qt is imported here."""
