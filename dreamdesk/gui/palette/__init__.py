"""The command palette: every action and every episode, by a few letters."""
