"""The embedded model: weights fetched once, served by one llama.cpp child that all runs of a home share."""

from swarm.embedded.fetch import fetch
from swarm.embedded.served import ServedModel, ensure_served, stop_served
from swarm.embedded.weights import Weights, weights_for

__all__ = ["ServedModel", "Weights", "ensure_served", "fetch", "stop_served", "weights_for"]
