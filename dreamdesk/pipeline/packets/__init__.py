"""Packets between desks: made of a desk, looked into, and joined with another."""
