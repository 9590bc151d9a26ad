"""Site-specific spiders and what they stand on: sources, extraction, archive, commands."""
