"""From the error point to a correction: the path that the agent should have taken.

Four sources make one: the trace itself (`imported`), a successful attempt at the same task (`graft`), the officer
(`authored`) and a model (`modelled`, asked through `endpoint`).
"""
