"""Makes a certificate authority and a server certificate with the `openssl` command."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

DAYS = "30"
CA_CONFIG = """\
[req]
distinguished_name = name
x509_extensions = ca
prompt = no
[name]
CN = Honeydew sandbox CA
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
SERVER_CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = localhost
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Certificate:
    """Where the PEM files are: a client trusts `ca`, the server shows `server` and proves it with `key`."""

    ca: Path
    server: Path
    key: Path


def make_certificate(directory: Path) -> Certificate:
    """Makes both in the directory, over whatever was there; valid for localhost, 127.0.0.1 and ::1."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "ca.cnf").write_text(CA_CONFIG)
    (directory / "server.cnf").write_text(SERVER_CONFIG)
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    authority = ["-x509", "-config", "ca.cnf", "-keyout", "ca.key", "-out", "ca.pem", "-days", DAYS]
    server = ["-new", "-config", "server.cnf", "-keyout", "server.key", "-out", "server.csr"]
    openssl(directory, "req", *new_key, *authority)
    openssl(directory, "req", *new_key, *server)
    openssl(
        directory, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-extfile", "server.cnf", "-extensions", "server", "-out", "server.pem", "-days", DAYS,
    )  # fmt: skip
    return Certificate(directory / "ca.pem", directory / "server.pem", directory / "server.key")


def openssl(directory: Path, *arguments: str) -> None:
    """Runs one command, and shows what it said only when it failed."""
    result = subprocess.run(
        ["openssl", *arguments], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, umask=0o077
    )
    if result.returncode != 0:
        raise SystemExit(f"sandbox: openssl {arguments[0]} failed: {result.stderr.strip()}")
