"""Thin Prefect tasks: retries, timeouts, caching key and tags around the verbs."""
