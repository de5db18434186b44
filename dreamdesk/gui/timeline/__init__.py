"""The timeline: an episode as a railway map, with the dreamed track branching off."""
