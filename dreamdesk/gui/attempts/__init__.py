"""Two attempts at the same task beside one another: what each did, and what differed first."""
