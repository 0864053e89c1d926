"""What a project needs: read from its files, locked with hashes, installed outside the sandbox and not run there."""

from swarm.environments.environment import Environment, default_environment, environment_for
from swarm.environments.project import install_project
from swarm.environments.requirements import Requirements, required_by

__all__ = ["Environment", "Requirements", "default_environment", "environment_for", "install_project", "required_by"]
