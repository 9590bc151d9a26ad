"""Reading an archive again with today's layouts, and correcting what the ledger has of it."""
