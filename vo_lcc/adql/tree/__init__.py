"""The nodes of a query's tree, and ways through it."""
