"""Review packets: what two desks hand to each other as one signed file, and how their decisions come together."""
