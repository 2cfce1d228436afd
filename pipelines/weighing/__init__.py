"""How good a release is, and what changed since the one that went out before."""
