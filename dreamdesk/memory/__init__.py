"""Memory: two stores or folders to a change set, and decisions on it to an apply plan."""
