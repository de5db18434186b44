"""Correction -> checks: the guardrails that a corrected trajectory must pass, and the verification level it reaches."""
