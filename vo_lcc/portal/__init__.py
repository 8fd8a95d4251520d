"""The web pages: what is served here, pictured, and how to use it."""
