"""The way to a server: names, ports, certificates."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawler.diagnosis.connection import Server, try_connection
from crawler.diagnosis.examination import Ailment
from crawler.downloading.connect_to import InvalidConnectTo

NOW = datetime.datetime.now(datetime.UTC)


def test_the_server_of_a_url() -> None:
    assert Server.of("https://www.ecns.cn/a") == Server("www.ecns.cn", "www.ecns.cn", 443, is_tls=True)
    assert Server.of("http://www.ecns.cn:8080/a") == Server("www.ecns.cn", "www.ecns.cn", 8080, is_tls=False)
    rehearsal = Server("www.ecns.cn", "127.0.0.1", 99, is_tls=False, is_rehearsal=True)
    assert Server.of("https://www.ecns.cn/", "127.0.0.1:99") == rehearsal
    assert Server.of("https://www.ecns.cn/", "[::1]:99").address == "::1"
    with pytest.raises(InvalidConnectTo):
        Server.of("https://www.ecns.cn/", "198.51.100.7:80")


def test_a_name_that_does_not_resolve() -> None:
    # RFC 6761: names in .invalid never do.
    diagnosis = try_connection(Server.of("https://www.ecns.invalid/"), NOW).diagnosis
    assert diagnosis is not None
    assert diagnosis.ailment == Ailment.DNS
    assert diagnosis.what == "The name www.ecns.invalid does not resolve."


def test_a_name_that_resolves_to_this_machine() -> None:
    diagnosis = try_connection(Server.of("http://localhost/"), NOW).diagnosis
    assert diagnosis is not None
    assert diagnosis.ailment == Ailment.DNS
    assert "127.0.0.1" in diagnosis.evidence[0] or "::1" in diagnosis.evidence[0]


def test_a_port_that_nobody_listens_on() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    diagnosis = try_connection(Server.of("https://www.ecns.cn/", f"127.0.0.1:{port}"), NOW).diagnosis
    assert diagnosis is not None
    assert diagnosis.ailment == Ailment.CONNECTION
    assert diagnosis.evidence == (f"www.ecns.cn, port {port}: Connection refused",)


def test_a_certificate_that_has_expired(tmp_path: Path) -> None:
    until = NOW.replace(microsecond=0) - datetime.timedelta(days=3)
    with tls_server(tmp_path, until) as port:
        # As if the name had resolved to this server.
        server = Server("www.ecns.cn", "127.0.0.1", port, is_tls=True, is_rehearsal=True)
        diagnosis = try_connection(server, NOW).diagnosis
    assert diagnosis is not None
    assert diagnosis.ailment == Ailment.TLS
    assert diagnosis.what == "The certificate of www.ecns.cn is not valid."
    assert f"issued by Osterland Authority, valid until {until:%Y-%m-%d}" in diagnosis.evidence[0]


def test_a_server_that_speaks_no_tls(tmp_path: Path) -> None:
    with plain_server() as port:
        server = Server("www.ecns.cn", "127.0.0.1", port, is_tls=True, is_rehearsal=True)
        diagnosis = try_connection(server, NOW).diagnosis
    assert diagnosis is not None
    assert diagnosis.ailment in (Ailment.TLS, Ailment.CONNECTION)


@contextmanager
def tls_server(directory: Path, until: datetime.datetime) -> Iterator[int]:
    """A server whose certificate for www.ecns.cn is its own, valid until then."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Osterland Authority")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(until - datetime.timedelta(days=90))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("www.ecns.cn")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = directory / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *secret) + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with listening(context) as port:
        yield port


@contextmanager
def plain_server() -> Iterator[int]:
    with listening(None) as port:
        yield port


@contextmanager
def listening(context: ssl.SSLContext | None) -> Iterator[int]:
    """Shakes hands with whoever comes, or says a word and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        if context is None:
                            connection.sendall(b"220 mail\r\n")
                        else:
                            context.wrap_socket(connection, server_side=True).close()
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
