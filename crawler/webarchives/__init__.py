"""A web archive as a source: which captures it has of a source's pages, which are worth having, and what came."""
