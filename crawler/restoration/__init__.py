"""A new ledger from what was written: the JSON Lines and the archive."""
