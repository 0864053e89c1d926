"""A scripted model: a whole tree run from a file of answers, over real HTTP, with no model at all."""

from swarm.testing.script import Script, load_script
from swarm.testing.server import Asked, ScriptedModel, serve_script

__all__ = ["Asked", "Script", "ScriptedModel", "load_script", "serve_script"]
