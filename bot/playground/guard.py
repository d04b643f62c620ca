"""Checks that requests name the address at which they arrive.

A foreign web page can point its own name at this machine (DNS rebinding). The browser then sends
requests to the playground, but with that name as `Host`.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

WRONG_HOST: Final = (
    "The playground does not know this address. Open the one that it printed at start."
)
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(:[0-9]{1,5})?")


def names_here(request: web.BaseRequest) -> bool:
    """Whether the request's `Host` is localhost or the address at which it arrived."""
    here = _here(request)
    hosts = request.headers.getall("Host", [])
    return here is not None and len(hosts) == 1 and is_named(hosts[0], here)


def is_local(request: web.BaseRequest) -> bool:
    """Whether the request arrived at a loopback address, which no other machine can reach."""
    here = _here(request)
    return here is not None and is_loopback(here)


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach an IP address."""
    return _plain(address).is_loopback


def is_named(host: str, here: str) -> bool:
    """Whether a `Host` header means the address `here`. The port is not compared, since a
    container's port is often published under another number."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].strip("[]")
    if name.casefold() == "localhost":
        return True
    try:
        address = _plain(name)
    except ValueError:
        return False
    return address.is_loopback or address == _plain(here)


def _plain(address: str) -> IPv4Address | IPv6Address:
    found = ip_address(address.partition("%")[0])
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _here(request: web.BaseRequest) -> str | None:
    name = request.get_extra_info("sockname")
    return str(name[0]) if name else None


@web.middleware
async def only_named(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses requests that do not name the address at which they arrive."""
    if not names_here(request):
        return web.Response(status=403, text=WRONG_HOST)
    return await handler(request)
