"""The tree: nodes and what they know, decide, do and report."""
