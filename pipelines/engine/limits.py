"""The engine's measures. Nothing in a report depends on them."""

HEAD = 250
"""Content rows at the head of a file that frictionless gets whole, before it is decided whether to sift."""

SMALL = 1 << 20
"""Bytes: where no more than this is left after the head, frictionless reads on by itself."""

LARGE = 1 << 25
"""Bytes: the checksums of a larger file are begun before anything else."""

SOON = 20_000
"""Rows: where the limit of errors is expected within so many rows, frictionless reads on by itself."""

FIRST_BLOCK = 1 << 18
"""Bytes of the first block: an early stop at the error limit stays cheap."""

LARGEST_BLOCK = 1 << 23
"""Bytes of the largest block; blocks double up to it."""

LONGEST_RECORD = 1 << 26
"""Bytes: a record longer than this (a quote that is never closed, mostly) is not sifted."""

KEYS_IN_MEMORY = 1 << 22
"""Unique keys held in memory (8 bytes each, mostly) before they go to partitions on disk."""

REMEMBERED = 1 << 18
"""Distinct texts of a column whose verdict is remembered."""
