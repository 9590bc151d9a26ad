"""How pages are fetched: from whom, how often, and from whom never."""
