"""Guard: which addresses a fetch may connect to: this one port, of public hosts, or of one the person allowed."""

import asyncio
import functools
import socket
from dataclasses import replace
from ipaddress import ip_network

import httpx
from ssrfguard import DEFAULT_DENIED, AddressTable, Policy

from integrations.refusals import port_of

_PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home", ".corp", ".intranet", ".home.arpa", ".test")
_ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_GLOBAL = ip_network("2000::/3")
"""The only IPv6 addresses that are given out (RFC 4291, 2.4, and IANA's table of the IPv6 address space)."""


def policy_for(url: str, allow: tuple[str, ...]) -> Policy:
    """Permit this one port, and private addresses only if the person allowed this very host.

    Raises ValueError or httpx.InvalidURL for what is no address, or a disguised one.
    """
    parsed = httpx.URL(url)
    port = port_of(parsed)
    if parsed.userinfo:
        raise ValueError("it carries a user name or password, which is how addresses are disguised")
    if not 0 < port < 65536:
        raise ValueError(f"{port} is not a port")
    host = parsed.host.rstrip(".").lower()
    names = {host, f"{host}:{port}", f"[{host}]", f"[{host}]:{port}"}
    allowed = any(entry.lower() in names for entry in allow)
    return Policy(
        allowed_ports=frozenset({port}), allowed_networks=_ANYWHERE if allowed else (), denied_networks=_denied()
    )


async def check_name(policy: Policy, host: str) -> None:
    """Refuse a name that somebody else will look up, if it is no public one or leads here to an address refused.

    Raises ValueError, or ssrfguard's errors. A name that cannot be looked up here is left to whoever can.
    """
    name = host.rstrip(".").lower()
    if name.endswith(_PRIVATE_ENDINGS) or not ("." in name or ":" in name):
        raise ValueError("it is a name of a private network")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, address in found:
        policy.check_address(str(address[0]).partition("%")[0])


@functools.cache
def _denied() -> AddressTable:
    """Return ssrfguard's table, and beneath it a refusal of all IPv6 but what is given out to somebody.

    The table lists what is special; `::ffff:0:127.0.0.1` (SIIT, RFC 2765) and whatever else is not listed passes it.
    """
    blocks = DEFAULT_DENIED.blocks
    denied = next(each for each in blocks if str(each.network) == "10.0.0.0/8")
    permitted = next(each for each in blocks if each.reach.name == "PERMITTED")
    rest = replace(denied, network=ip_network("::/0"), name="not given out as public", rfc="RFC4291")
    given = replace(permitted, network=_GLOBAL, name="Global Unicast", rfc="RFC4291")
    return AddressTable((*blocks, rest, given), snapshot=DEFAULT_DENIED.snapshot)
