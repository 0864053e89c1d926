"""Sum up what was spent, by category."""
