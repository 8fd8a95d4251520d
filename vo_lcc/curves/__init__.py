"""Light curves on their way to a client: chosen, read, changed step by step, written.

`curves` says what travels, `steps` what can be done to it, `reading` gets it from the
database, `layouts` makes tables of it, `bundles` files.
"""
