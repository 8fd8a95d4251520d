"""Table Access Protocol 1.1: ADQL queries over HTTP."""
