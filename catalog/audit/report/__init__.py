"""Reports of an audit: the page, the workbook, the PDF, and the template that GD Catalog takes."""
