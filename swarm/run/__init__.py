"""A run as a whole: what it may touch, and what it carries."""
