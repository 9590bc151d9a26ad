"""The way to a server, before anything is asked of it: its name, its address, its port, its certificate."""

from __future__ import annotations

import datetime
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from crawler.diagnosis.examination import Ailment, Diagnosis
from crawler.downloading.address_guard import is_public
from crawler.downloading.connect_to import loopback_authority

_TIMEOUT_SECONDS = 10.0
#: A certificate that ends so soon is worth a note: most are renewed a month before.
_SOON = datetime.timedelta(days=7)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Server:
    """Who answers for the URLs of `host`: `address` and `port` are where the connection goes.

    `is_tls` says whether it is made with TLS, `is_rehearsal` that `CONNECT_TO` sends it to this machine.
    """

    host: str
    address: str
    port: int
    is_tls: bool
    is_rehearsal: bool = False

    @classmethod
    def of(cls, url: str, connect_to: str = "") -> Server:
        """The server of a URL, or the one that `CONNECT_TO` names. Raises InvalidConnectTo."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if connect_to:
            address, _, port = loopback_authority(connect_to).rpartition(":")
            return cls(host, address.strip("[]"), int(port), is_tls=False, is_rehearsal=True)
        return cls(host, host, parts.port or _PORTS[parts.scheme], is_tls=parts.scheme == "https")


@dataclass(frozen=True, slots=True)
class Connection:
    """How a connection went: what is wrong (null for nothing), and what is worth a note."""

    diagnosis: Diagnosis | None = None
    note: str | None = None


def try_connection(server: Server, now: datetime.datetime) -> Connection:
    """Resolve the name, connect, and shake hands where it is https. Sends no request."""
    return _unresolved(server) or _connected(server, now)


def _unresolved(server: Server) -> Connection | None:
    if server.is_rehearsal:
        return None
    try:
        found = socket.getaddrinfo(server.address, server.port, type=socket.SOCK_STREAM)
    except OSError as error:
        return _wrong(
            Ailment.DNS,
            f"The name {server.host} does not resolve.",
            f"{server.host}: {error.strerror or error}",
            "See whether other names resolve. If they do, the site has another name now, or none.",
        )
    private = sorted({str(one[4][0]) for one in found if not is_public(str(one[4][0]))})
    if not private:
        return None
    return _wrong(
        Ailment.DNS,
        f"The name {server.host} resolves to an address that is not public.",
        f"{server.host}: {', '.join(private)}",
        "A resolver of the network answers in its place: use another one. No request goes to such an address.",
    )


def _connected(server: Server, now: datetime.datetime) -> Connection:
    try:
        with socket.create_connection((server.address, server.port), _TIMEOUT_SECONDS) as connection:
            return _greeted(server, connection, now) if server.is_tls else Connection()
    except ssl.SSLCertVerificationError as error:
        return _refused_certificate(server, error)
    except OSError as error:
        reason = "no answer in time" if isinstance(error, TimeoutError) else (error.strerror or str(error))
        return _wrong(
            Ailment.TLS if isinstance(error, ssl.SSLError) else Ailment.CONNECTION,
            f"No connection to {server.host} can be made.",
            f"{server.host}, port {server.port}: {reason}",
            "Try again later, and from another network: the site may be down, or drop what comes from here.",
        )


def _greeted(server: Server, connection: socket.socket, now: datetime.datetime) -> Connection:
    with ssl.create_default_context().wrap_socket(connection, server_hostname=server.host) as greeted:
        certificate = greeted.getpeercert(binary_form=True)
    if certificate is None:
        return Connection()
    until = x509.load_der_x509_certificate(certificate).not_valid_after_utc
    is_soon = until - now < _SOON
    return Connection(note=f"The certificate of {server.host} ends on {until:%Y-%m-%d}." if is_soon else None)


def _refused_certificate(server: Server, error: ssl.SSLCertVerificationError) -> Connection:
    shown = _certificate_of(server)
    return _wrong(
        Ailment.TLS,
        f"The certificate of {server.host} is not valid.",
        f"{server.host}: {error.verify_message}" + (f"; {_described(shown)}" if shown is not None else ""),
        "See whether this machine's clock and its list of authorities are right. Otherwise wait for the site to renew "
        "it: who answers is then unknown, and nothing is recorded.",
    )


def _certificate_of(server: Server) -> x509.Certificate | None:
    """The certificate that could not be verified, to say whose it is; null where it cannot be had."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((server.address, server.port), _TIMEOUT_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=server.host) as greeted,
        ):
            shown = greeted.getpeercert(binary_form=True)
    except OSError:
        return None
    return x509.load_der_x509_certificate(shown) if shown is not None else None


def _described(certificate: x509.Certificate) -> str:
    names = [
        str(one.value)
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        for one in certificate.issuer.get_attributes_for_oid(oid)
    ]
    return f"issued by {', '.join(names) or 'nobody named'}, valid until {certificate.not_valid_after_utc:%Y-%m-%d}"


def _wrong(ailment: Ailment, what: str, evidence: str, advice: str) -> Connection:
    return Connection(Diagnosis(ailment, what, (evidence,), advice))
