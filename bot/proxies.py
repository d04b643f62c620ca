"""The proxy for each call.

HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY apply to SendKit, Slack's Web API, its response URLs
and Socket Mode alike.

slack_sdk reads HTTPS_PROXY by itself and ignores NO_PROXY. aiohttp's `trust_env` ignores ALL_PROXY,
and HTTPS_PROXY for wss addresses.
"""

from urllib.request import getproxies, proxy_bypass

import yarl

from bot.errors import SettingsWrong

# A WebSocket begins as an HTTP request, and uses the same proxy.
_SCHEMES = {"ws": "http", "wss": "https"}


def proxy_for(address: str) -> str | None:
    """The proxy for a web address; None without one. SettingsWrong if the bot cannot use the proxy
    that is set."""
    url = yarl.URL(address)
    scheme = _SCHEMES.get(url.scheme, url.scheme)
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    # NO_PROXY may name a host, or a host with its port.
    host = f"{url.host_subcomponent}:{url.explicit_port}" if url.explicit_port else url.host or ""
    if not proxy or proxy_bypass(host):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        raise SettingsWrong(
            f"The proxy for {scheme} addresses is wrong: the bot can use a proxy that begins with "
            f"http://. Set one, or name {url.host} in NO_PROXY."
        )
    return proxy
