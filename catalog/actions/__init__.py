"""CKAN's actions as functions over our own store: one room per noun, one function per action."""
