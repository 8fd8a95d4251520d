"""Light-curve collections: read, loaded, published, and described to the services."""
