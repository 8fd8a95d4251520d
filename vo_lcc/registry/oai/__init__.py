"""OAI-PMH 2.0: our resource records for all who harvest (Registry Interfaces 1.1)."""
