"""Files become a draft of a release: read, checked, packed, stored in units."""
