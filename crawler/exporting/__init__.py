"""Exporting: what was recorded, as one data file for pandas, DuckDB or a spreadsheet."""
