"""What happens to an Article after it was read: normalise, deduplicate, record."""
