"""Region predicates to what an index can answer."""
