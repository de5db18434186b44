"""The page of what left the desk: bundles, drafts that wait for signatures, recalls."""
