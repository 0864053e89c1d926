"""Prefect's API: what the swarm reads there and asks of it."""
