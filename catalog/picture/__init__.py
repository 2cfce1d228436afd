"""Which picture tells a table, and drawing it: SVG for pages, PNG for who shows links.

    fields and a sample of rows ─ columns ▶ Columns ─ choice ▶ Choice ─ figures (SQL) ▶ Figures ─ drawn ▶ Picture

`views` reads which picture a publisher wants instead. Nothing here asks who may see a table: the pages do.
"""
