"""From the files on a desk to a release: read, clean, package, validate, govern."""
