"""Scrapy extensions: what a run tells about itself while it goes and when it ends."""
