"""The worker: what runs in the child process that reads a hostile document, and may die of it."""
