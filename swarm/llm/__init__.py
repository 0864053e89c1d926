"""Models as the domain sees them: what a model can take and give, whoever serves it."""
