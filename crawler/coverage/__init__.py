"""Coverage: what a record holds of a source, and where something may be missing.

Pure reckoning: it reads fields of Articles and knows neither Scrapy nor where they are kept. What the figures mean and
what they do not prove stands in docs/coverage.md.
"""
