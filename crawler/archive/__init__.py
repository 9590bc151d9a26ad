"""WARC files: reading them, indexing them, answering requests from them."""
