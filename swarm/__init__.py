"""The nouns and the pure verbs of swarm: a goal becomes a tree of nodes, each node a Prefect flow run."""

__version__ = "0.1.0"
