"""Functions: what the swarm can do and has taught itself, with tests and versions; `door` is the way to call one."""
