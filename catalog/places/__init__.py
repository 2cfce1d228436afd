"""What the catalog's tables tell of provinces, districts and sub-districts.

    a table ─ located ▶ which columns say where ─ index ▶ the tables of an area ─ told ▶ its figures in one of them

Nothing here asks who may see a table: the pages do.
"""
