"""The audit: facts of what is really there, scores by rule packs, what they lack, and the proof."""
