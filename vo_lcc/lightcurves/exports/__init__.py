"""Export: a release, or what a query finds, as files that can be loaded again."""
