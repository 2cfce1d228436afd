"""Decisions: who said that a release may go out, on what paper, within which limits; and the gate that asks."""
