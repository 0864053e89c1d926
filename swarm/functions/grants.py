"""Grants: what a person lets the functions of a run do; a function gets what it declares and what was granted."""

import re
from collections.abc import Iterable

from swarm.errors import FunctionRefused, UsageError
from swarm.functions.records import Asked, Capabilities
from swarm.nodes import Noun
from swarm.sandbox.proxy import check_grant

_ALWAYS: frozenset[Asked] = frozenset(("retrieve", "save", "execute", "github", "exec_function"))
"""What a node does anyway: within its workspace, behind the same checks, in the same sandbox; or asks a person for."""
_FORMS = "network:HOST:PORT, secret:NAME, github:write:OWNER/REPO (or OWNER/*), packages or model"
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/([A-Za-z0-9_.-]+|\*)")
MODEL: frozenset[Asked] = frozenset(("break_down_goal", "route_goal", "write_code", "write_text"))
"""What costs a model call."""


class Grants(Noun):
    """What the functions of a run may do beyond computing."""

    network: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    api: frozenset[Asked] = _ALWAYS
    github: frozenset[str] = frozenset()
    """Repositories that may be written to, in lower case, or OWNER/* for all of one owner."""
    packages: bool = False
    """Whether what a project or a command needs is installed without asking a person."""

    def check(self, name: str, wanted: Capabilities) -> None:
        """Raise FunctionRefused naming what a function wants that was not granted, and how to grant it."""
        missing = [f"network:{each}" for each in wanted.network if each not in self.network]
        missing += [f"secret:{each}" for each in wanted.secrets if each not in self.secrets]
        missing += ["model"] * bool(set(wanted.api) & MODEL - self.api)
        missing += [each for each in wanted.api if each not in self.api | MODEL]
        if missing:
            told = " ".join(f"--grant {each}" for each in missing)
            raise FunctionRefused(f"{name} needs {', '.join(missing)}, which was not granted; run with {told}")

    def check_write(self, repository: str) -> None:
        """Raise FunctionRefused for a repository that may not be written to, and say how to grant it."""
        name = repository.casefold()
        if not {name, f"{name.partition('/')[0]}/*"} & self.github:
            grant = f"github:write:{repository}"
            raise FunctionRefused(
                f"{repository} may not be written to: {grant} was not granted; run with --grant {grant}"
            )

    def within(self, wanted: Capabilities) -> "Grants":
        """Return what a function that wants this may hand on to those it calls: no more than it has itself."""
        return Grants(
            network=self.network & set(wanted.network),
            secrets=self.secrets & set(wanted.secrets),
            api=self.api & set(wanted.api),
            github=self.github if "github" in wanted.api else frozenset(),
        )


def parse_grants(given: Iterable[str]) -> Grants:
    """Read grants as a person writes them; raises UsageError for any other form."""
    network, secrets, repositories, api, packages = set[str](), set[str](), set[str](), set(_ALWAYS), False
    for grant in given:
        kind, _, rest = grant.partition(":")
        if kind == "network" and rest:
            network.add(check_grant(rest))
        elif kind == "secret" and rest.isidentifier() and rest.isupper():
            secrets.add(rest)
        elif kind == "github" and rest.startswith("write:") and _REPOSITORY.fullmatch(rest[6:]):
            repositories.add(rest[6:].casefold())
        elif grant == "model":
            api |= MODEL
        elif grant == "packages":
            packages = True
        else:
            raise UsageError(f"the grant {grant!r} is not known; write {_FORMS}")
    return Grants(
        network=frozenset(network),
        secrets=frozenset(secrets),
        api=frozenset(api),
        github=frozenset(repositories),
        packages=packages,
    )
