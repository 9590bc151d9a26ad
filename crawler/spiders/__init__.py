"""Spiders: which listing next, which page of it, when to stop."""
