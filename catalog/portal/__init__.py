"""Portals: our own catalog and any CKAN behind one `call_action`, and what differs between them."""
