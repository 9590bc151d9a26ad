"""Requests stay on the source's hosts, and never reach a private network.

Pages and redirects are foreign input: a link, a redirect or a DNS answer may name a router, a cloud's metadata service
or a file. `AddressGuardMiddleware` looks at every request, redirects and robots.txt included, and `PublicResolver` at
every address a name resolves to, at the moment of connecting.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.abstract import isIPAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawler.downloading.refusal import ForbiddenAddress


class PrivateAddressError(DNSLookupError):
    """A host name resolved to an address that is not public."""


class PublicResolver(CachingThreadedResolver):
    """Scrapy's caching resolver that gives public addresses only.

    A name that resolves to another fails with PrivateAddressError, also when it resolved to a public address a moment
    ago (DNS rebinding). A literal address is not resolved: the guard has judged it already.
    """

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        """The address of a host name, as `twisted.internet.interfaces.IResolverSimple` wants it."""
        resolved = super().getHostByName(name, timeout)
        return resolved if isIPAddress(name) else resolved.addCallback(_require_public, name)


class AddressGuardMiddleware:
    """Refuses what is not on the source's hosts (`spider.allows(url)`), not public, or not http(s).

    Setting `RESOLVED_ADDRESS_CHECK` (true): look at the address a host name resolves to as well. Off with `CONNECT_TO`,
    where no name is resolved. A replay, which fetches nothing, does without this middleware.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._checks_resolved = crawler.settings.getbool("RESOLVED_ADDRESS_CHECK")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressGuardMiddleware:
        """Build it for a crawler."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise ForbiddenAddress for a request that must not be sent."""
        spider = self._crawler.spider
        # A web archive may be one's own, in one's own network: it was named by whoever runs this, not by a page.
        named: frozenset[str] = getattr(spider, "named_hosts", frozenset())
        host = check_url(request.url, spider.allows, named)  # type: ignore[union-attr]
        if self._checks_resolved and host not in named:
            await self._check_resolved(request.url, host)

    async def _check_resolved(self, url: str, host: str) -> None:
        from twisted.internet import reactor

        try:
            _require_public(await maybe_deferred_to_future(reactor.resolve(host)), host)  # type: ignore[arg-type]
        except PrivateAddressError as error:
            raise ForbiddenAddress(url, error.args[0]) from error
        except OSError:
            return  # no address: connecting will fail, and be retried and reported as any network error


def check_url(url: str, allows: Callable[[str], bool], named: frozenset[str] = frozenset()) -> str:
    """The host of a URL that may be fetched; one that is `named` may be a private address. Raises ForbiddenAddress for
    any other URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise ForbiddenAddress(url, str(error)) from error
    if parts.scheme not in ("http", "https"):
        raise ForbiddenAddress(url, f"scheme {parts.scheme}")
    if is_address(host) and not is_public(host) and host not in named:
        raise ForbiddenAddress(url, f"{host} is not a public address")
    if not allows(url):
        raise ForbiddenAddress(url, f"{host} is none of the source's hosts")
    return host


def is_address(host: str) -> bool:
    """Whether a host is an IPv4 or IPv6 address, without brackets, instead of a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet (IANA's special-purpose registries, and no multicast).

    An IPv6 address that stands for an IPv4 one is judged as that one.
    """
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed.sixtofour or parsed
    return parsed.is_global and not parsed.is_multicast


def _require_public(address: str, name: str) -> str:
    if not is_public(address):
        raise PrivateAddressError(f"{name} resolves to {address}, which is not a public address")
    return address
