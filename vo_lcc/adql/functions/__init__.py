"""The functions of ADQL and of this server."""
