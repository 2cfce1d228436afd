"""A real LDAP directory (OpenLDAP's slapd) on a free port, with TLS, people and groups."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BASE = "dc=agency,dc=example"
SLAPD = shutil.which("slapd") or "/usr/sbin/slapd"
SCHEMAS = Path("/etc/ldap/schema")
MODULES = Path("/usr/lib/ldap")
PEOPLE = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: agency
dc: agency

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: uid=somchai,ou=people,{BASE}
objectClass: inetOrgPerson
uid: somchai
cn: Somchai
sn: Jaidee
displayName: สมชาย ใจดี
mail: somchai@agency.example
userPassword: {{PLAIN}}
memberOf: cn=open-data,{BASE}

dn: cn=open-data,{BASE}
objectClass: groupOfNames
cn: open-data
member: uid=somchai,ou=people,{BASE}
"""


def install() -> bool:
    """Whether slapd is here, or could be installed: as root, by apt."""
    if not Path(SLAPD).exists() and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-q"], ["install", "-y", "-q", "slapd"]):
            subprocess.run(["apt-get", *words], env=environment, check=False, capture_output=True)
    return Path(SLAPD).exists()


@contextmanager
def directory(folder: Path, password: str) -> Iterator[tuple[str, Path]]:
    """The address of a directory (`ldaps://`) and the file of the certificate it shows."""
    certificate, key = _certificate(folder)
    (folder / "data").mkdir()
    config = [
        *(f"include {SCHEMAS / name}.schema" for name in ("core", "cosine", "inetorgperson")),
        f"modulepath {MODULES}",
        "moduleload back_mdb",
        "moduleload memberof",
        f"pidfile {folder / 'slapd.pid'}",
        f"TLSCertificateFile {certificate}",
        f"TLSCertificateKeyFile {key}",
        "database mdb",
        f'suffix "{BASE}"',
        f"directory {folder / 'data'}",
        "overlay memberof",
        "access to attrs=userPassword by anonymous auth by * none",
        "access to * by users read by * none",
    ]
    (folder / "slapd.conf").write_text("\n".join(config) + "\n", "utf-8")
    (folder / "people.ldif").write_text(PEOPLE.replace("{PLAIN}", password).strip() + "\n", "utf-8")
    where = ["-f", str(folder / "slapd.conf")]
    subprocess.run([SLAPD, "-Tadd", *where, "-l", str(folder / "people.ldif")], check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"ldaps://localhost:{port}"
    process = subprocess.Popen(
        [SLAPD, *where, "-h", url, "-d", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield url, certificate
    finally:
        process.terminate()
        process.wait(timeout=10)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost that signs itself."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret
