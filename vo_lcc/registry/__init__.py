"""The registry: records of what is published, OAI-PMH, RegTAP, harvests of peers."""
