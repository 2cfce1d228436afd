"""Recall: a release taken off everything at once, for good; nothing that remembers it may bring it back."""
