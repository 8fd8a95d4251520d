"""VOSI 1.1: what the services say of themselves."""
