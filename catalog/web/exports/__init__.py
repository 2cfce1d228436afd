"""A table, or a part of it, as a file to take away: XLSX, CSV, JSON, Parquet, GeoJSON."""
