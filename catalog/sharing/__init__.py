"""Data that are not open, shared with a named agency: what its token sees, and nothing else."""
