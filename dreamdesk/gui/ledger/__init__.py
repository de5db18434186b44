"""The ledger page: who did what to what, when."""
