"""Appends: new nights for a collection that is published already."""
