"""The page of patterns: families of failures, and how good the machine is on this desk."""
