"""Documents: files that are no plain text, as passages."""
