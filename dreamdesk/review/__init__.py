"""From checks to a signed decision: who may decide what, the reasons, and the signature that stands under it."""
