"""An S3 server on loopback: moto's, in a process of its own, with what it keeps in memory."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

_RUNNING = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")


#: Any will do.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "of-the-record"}


class ObjectStore:
    """A bucket at the endpoint `url`; `log` says what was asked."""

    bucket = "record"

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log
        self._client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        self._client.create_bucket(Bucket=self.bucket)

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def put(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def objects(self) -> dict[str, bytes]:
        """Every object, by its key."""
        listed = self._client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {one["Key"]: self._read(one["Key"]) for one in listed}

    def _read(self, key: str) -> bytes:
        return bytes(self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read())


@contextmanager
def object_store(directory: Path) -> Iterator[ObjectStore]:
    log = directory / "object-store.log"
    with log.open("wb") as stream:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        server = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        yield ObjectStore(_url(server, log), log)
    finally:
        server.terminate()
        server.wait()


def _url(server: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        if found := _RUNNING.search(log.read_text(encoding="utf-8")):
            return found[1]
        assert server.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))
