"""Telling an operator that the condition of a source has changed: when, in what words, and through which channels."""
