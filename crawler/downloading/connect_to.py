"""`-s CONNECT_TO=127.0.0.1:8080`: a live crawl whose every request goes to a server on this machine.

As curl's `--connect-to`: URL and Host header stay what they are, only the connection goes elsewhere, over plain HTTP
for https URLs too. For rehearsals against a local copy of a site. Only loopback addresses are accepted: what a crawl
records is filed under the URL of the outlet, and nobody else may answer in its name.
"""

from __future__ import annotations

import ipaddress
import re
import socket

from scrapy.settings import BaseSettings

_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:]+)):(?P<port>\d{1,5})\Z")
#: Named, and not imported: Scrapy's handlers take long to import, and most commands need none.
_HANDLER = "crawler.downloading.connect_handler.ConnectToDownloadHandler"


class InvalidConnectTo(ValueError):
    """The value of `CONNECT_TO` is not the address of a server on this machine."""


class ConnectToAddon:
    """Scrapy add-on that puts `CONNECT_TO` in force where it is set, and stops the command where it is wrong."""

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Exit with a message, before anything runs, unless `CONNECT_TO` is empty or a loopback address."""
        try:
            if settings.get("CONNECT_TO"):
                loopback_authority(settings["CONNECT_TO"])
        except InvalidConnectTo as error:
            raise SystemExit(f"CONNECT_TO: {error}") from error

    def update_settings(self, settings: BaseSettings) -> None:
        """Send http and https through ConnectToDownloadHandler where `CONNECT_TO` is set."""
        if settings.get("CONNECT_TO"):
            settings["DOWNLOAD_HANDLERS"].update({"http": _HANDLER, "https": _HANDLER}, priority="addon")
            settings.set("RESOLVED_ADDRESS_CHECK", False, priority="spider")


def loopback_authority(value: str) -> str:
    """`127.0.0.1:8080` for `127.0.0.1:8080` or `localhost:8080`; `[::1]:8080` stays itself.

    Raises InvalidConnectTo for anything that is not address and port of this machine's loopback interface
    (127.0.0.0/8, ::1, or `localhost` where it resolves to one of them).
    """
    match = _ADDRESS.match(value)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise InvalidConnectTo(f"{value!r} is not an address and a port, such as 127.0.0.1:8080")
    host = match["ipv6"] or match["host"]
    address = _parse_address(_resolve_localhost() if host.lower() == "localhost" else host)
    if address is None or not address.is_loopback:
        raise InvalidConnectTo(f"{host} is not a loopback address (127.0.0.1, [::1] or localhost)")
    shown = f"[{address}]" if address.version == 6 else str(address)
    return f"{shown}:{int(match['port'])}"


def _resolve_localhost() -> str:
    try:
        return str(socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise InvalidConnectTo(f"localhost does not resolve: {error}") from error


def _parse_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
