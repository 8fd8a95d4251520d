"""Look at files, and draft the collection file that describes them."""
