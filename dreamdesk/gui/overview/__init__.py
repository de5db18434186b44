"""The page Overview: the desk at a glance."""
