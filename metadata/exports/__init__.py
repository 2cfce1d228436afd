"""Documents of a dataset in other catalogues' vocabularies: DCAT, schema.org, Croissant, CSVW, Data Package …

Each module makes one kind of document from a `Record`; none knows where the record came from.
"""
