"""Locate: from a failed episode to ranked claims about the one decision where it went wrong.

Start at `offline.locate`. The detectors (`detectors/`, one file each) say what they noticed, the ranker weighs it,
labels that came with the trace and successful attempts at the same task add what they know, and a model may be asked
(`judge`).
"""
