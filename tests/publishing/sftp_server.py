"""An SFTP server on loopback: `python -m tests.publishing.sftp_server DIRECTORY HOST_KEY CLIENT_KEYS` prints its port.

It shows DIRECTORY as its root, has the private HOST_KEY, and lets in who has a key of the file CLIENT_KEYS.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh


@contextmanager
def sftp_server(directory: Path, home: Path) -> Iterator[int]:
    """Serves `directory`; its port. Makes `home` that of a user who knows the server, and whom it knows."""
    own, users = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    ssh = home / ".ssh"
    ssh.mkdir(parents=True)
    own.write_private_key(home / "host_key")
    users.write_private_key(ssh / "id_ed25519")
    users.write_public_key(home / "client_keys")
    command = [sys.executable, "-m", __name__, *map(str, (directory, home / "host_key", home / "client_keys"))]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        known = own.export_public_key().decode()
        (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} {known}", encoding="utf-8")
        yield port
    finally:
        server.terminate()
        server.communicate()


async def _serve(directory: str, host_key: str, client_keys: str) -> None:
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=client_keys,
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=directory.encode()),
        allow_scp=False,
    )
    print(server.get_port(), flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
