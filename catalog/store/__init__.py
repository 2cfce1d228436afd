"""Where our own catalog keeps things: rows, files, tables. SQL is written here and in `catalog/journal.py`."""
