"""Orders of a market stall."""
