"""The report of a bundle: `telling` makes the document, `html`, `pdf` and `words` show it."""
