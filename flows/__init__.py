"""The flows: `solve`, `review` and `ask`."""
