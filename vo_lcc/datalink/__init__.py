"""DataLink 1.1: from the identifier of a light curve to all that belongs to it."""
