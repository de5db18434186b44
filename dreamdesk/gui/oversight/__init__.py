"""The page Oversight: second looks, sampling plans, agreement, indicators and sealed known-bad corrections."""
