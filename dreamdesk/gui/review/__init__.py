"""The review page: the queue, the episode, and the officer's decision on it."""
