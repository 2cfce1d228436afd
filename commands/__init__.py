"""The commands, a room for each kind; `cli.py` puts them together. Here, and only here, the halves meet."""
