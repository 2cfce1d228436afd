"""Harvesting: another catalogue's public datasets read into ours, and kept in step with it."""
