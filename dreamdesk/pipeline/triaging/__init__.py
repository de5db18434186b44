"""Triage: a corpus of any size read and located in parallel, and dealt to the desks of several auditors.

The files are split into *shards* by what they are, never by who works on them, so that one process, many, or the
workers of a cluster (`crew`) give the same packets (`sharding`). A worker makes a desk of each shard (`reading`); then,
with the successful attempts of all shards at hand, it lists the failures and how grave their errors are (`surveying`).
What is dealt (`dealing`) goes onto the desk of whoever deals (`taking`) and from there into packets, so that their
returns can be joined there.
"""
