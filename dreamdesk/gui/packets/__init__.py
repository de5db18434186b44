"""Packets between desks in the window: made, looked into before anything is written, and what contradicts what."""
