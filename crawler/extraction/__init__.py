"""Turning the bytes of a page into an Article; knows neither Scrapy nor the pipelines."""
