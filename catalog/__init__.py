"""From a release to a portal: the wire, the plan, the push, the journal, and our own CKAN-compatible catalog."""
