"""The memory page: change sets, their paths, the hunks of one path, and the decision on it."""
