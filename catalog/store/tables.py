"""The catalog's tables. A package is stored once, as the JSON of `package_show`; columns are for finding it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, MetaData, String, Table, Text

metadata = MetaData()
"""Every table of the catalog's database, the journal's included."""

packages = Table(
    "packages",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("owner_org", String(100), index=True),
    Column("state", String(16), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("metadata_created", String(32), nullable=False),
    Column("metadata_modified", String(32), nullable=False, index=True),
    Column("words", Text, nullable=False),  # title, notes, tags and name, folded: what a search looks in
    Column("document", Text, nullable=False),
)
Index("packages_title", packages.c.title)

resources = Table(
    "resources",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("package_id", ForeignKey("packages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("sha256", String(64), index=True),  # of the uploaded file; none for a link
    Column("size", BigInteger),
    Column("filename", Text),
)

package_tags = Table(
    "package_tags",
    metadata,
    Column("package_id", ForeignKey("packages.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(100), primary_key=True, index=True),
)

groups = Table(
    "groups",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("type", String(16), nullable=False),  # organization or group
    Column("state", String(16), nullable=False),
    Column("document", Text, nullable=False),
)
