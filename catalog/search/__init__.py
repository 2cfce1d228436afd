"""What a search understands: words and their parts, synonyms, Solr's query language, the fields of a package."""
