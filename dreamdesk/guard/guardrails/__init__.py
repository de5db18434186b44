"""The guardrails, one file each. A module here that defines ``GUARDRAIL`` is found by `dreamdesk.guard.run`."""
