"""Evaluate: how well error points are found, measured strictly on labelled failures. Start at `table.evaluate`."""
