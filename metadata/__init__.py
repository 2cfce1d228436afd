"""What a dataset is, and what can be said about it: nouns, standards, wording. Imports nothing else of ours."""

__version__ = "0.1.0"
