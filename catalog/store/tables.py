"""The catalog's tables. A package is stored once, as the JSON of `package_show`; columns are for finding it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    column,
    event,
    table,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

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
    Column("creator", String(100), index=True),
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

datastore_aliases = Table(
    "datastore_aliases",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("alias", Text, nullable=False, unique=True),
    Column("resource_id", ForeignKey("resources.id", ondelete="CASCADE"), nullable=False, index=True),
)

package_tags = Table(
    "package_tags",
    metadata,
    Column("package_id", ForeignKey("packages.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(100), primary_key=True, index=True),
)

package_vocabulary_tags = Table(
    "package_vocabulary_tags",
    metadata,
    Column("package_id", ForeignKey("packages.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("vocabulary_tags.id", ondelete="CASCADE"), primary_key=True, index=True),
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

pictures = Table(
    "pictures",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
)

package_groups = Table(
    "package_groups",
    metadata,
    Column("package_id", ForeignKey("packages.id", ondelete="CASCADE"), primary_key=True),
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True),
)

users = Table(
    "users",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("fullname", Text),
    Column("email", String(254), index=True),
    Column("about", Text),
    Column("image_url", Text),
    Column("password", Text),  # argon2; none: no log-in by password
    Column("sysadmin", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created", String(32), nullable=False),
    Column("last_active", String(32)),
    Column("dashboard_seen", String(32)),  # when the user last looked at the dashboard's news
)

identities = Table(
    "identities",
    metadata,
    Column("provider", String(100), primary_key=True),
    # HMAC of the provider's own name of the person, which may be a national ID
    Column("subject", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created", String(32), nullable=False),
    Column("granted", Text, nullable=False),  # JSON: the organisations in which the provider gave a role
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False, index=True),
    Column("user_id", String(100), index=True),
    Column("user_name", String(100), nullable=False),
    Column("via", String(16), nullable=False),  # token, session, here (a command on this machine), login
    Column("action", String(100), nullable=False),
    Column("object_id", String(100), index=True),
    Column("status", Integer, nullable=False),  # 200, or what it was refused with
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),  # the token itself is told once and kept nowhere
    Column("scope", String(16), nullable=False),  # read or write
    Column("created", String(32), nullable=False),
    Column("expires", String(32)),
    Column("last_access", String(32)),
    Column("revoked", String(32)),
)

shares = Table(
    "shares",
    metadata,
    Column("id", String(36), primary_key=True),
    # No foreign key: the register keeps what was shared of a dataset that is gone.
    Column("package_id", String(100), nullable=False, index=True),
    Column("dataset", String(100), nullable=False),  # its name then
    Column("agency", Text, nullable=False),
    Column("mou", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("tables", Text, nullable=False),  # JSON: resource's id → its shared columns, and the rows
    Column("begins", String(10), nullable=False),  # days in Thailand, both included
    Column("ends", String(10), nullable=False),
    Column("created", String(32), nullable=False),
    Column("approved", Text, nullable=False),  # JSON: the owner's decision
    Column("sha256", String(64), nullable=False, unique=True),  # of the token, which is told once
    Column("ended", String(32)),
)

share_uses = Table(
    "share_uses",
    metadata,
    Column("share_id", ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True),
    Column("day", String(10), primary_key=True),  # in Thailand
    Column("road", String(40), primary_key=True),  # by which action, or `file`
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

members = Table(
    "members",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), nullable=False),
    Column("table_name", String(16), nullable=False),  # user, or group for a parent
    Column("table_id", String(100), nullable=False, index=True),
    Column("capacity", String(16), nullable=False),  # admin, editor, member
    Column("state", String(16), nullable=False),
    UniqueConstraint("group_id", "table_name", "table_id", name="members_once"),
)

activities = Table(
    "activities",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("timestamp", String(32), nullable=False, index=True),
    Column("user_id", String(100), nullable=False, index=True),
    Column("object_id", String(100), nullable=False, index=True),
    Column("activity_type", String(40), nullable=False),
    Column("hidden", Boolean, nullable=False),  # private or deleted then: for who may read its organisation's own
    Column("data", Text, nullable=False),  # JSON: the object as it was then
)

follows = Table(
    "follows",
    metadata,
    Column("follower_id", String(100), primary_key=True),
    Column("kind", String(16), primary_key=True),  # user, dataset, group (organisations are groups here)
    Column("object_id", String(100), primary_key=True, index=True),
    Column("datetime", String(32), nullable=False),
)

vocabularies = Table(
    "vocabularies",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("created", String(32), nullable=False),
)

vocabulary_tags = Table(
    "vocabulary_tags",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("vocabulary_id", ForeignKey("vocabularies.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("created", String(32), nullable=False),
    UniqueConstraint("vocabulary_id", "name", name="vocabulary_tags_once"),
)

resource_views = Table(
    "resource_views",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("resource_id", ForeignKey("resources.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("document", Text, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    # No foreign key: what is left of a version tells of a dataset that is gone.
    Column("package_id", String(100), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("name", String(100), nullable=False, index=True),  # the dataset's, then
    Column("at", String(32), nullable=False),
    Column("hash", String(64), nullable=False),  # SHA-256 of the document's canonical JSON
    Column("public", Boolean, nullable=False),  # whether anyone could read it then
    Column("document", Text),  # none: recalled, or purged
)

version_files = Table(
    "version_files",
    metadata,
    Column("package_id", String(100), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("resource_id", String(100), primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("filename", Text, nullable=False),
)

exact = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared letter by letter, as SQLite does and Solr's strings are, whatever the server's locale."""

package_index = Table(
    "package_index",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("package_id", ForeignKey("packages.id", ondelete="CASCADE"), nullable=False, unique=True),
    # what a search filters and sorts by, in rows so narrow that all of them are read in a millisecond or two
    Column("state", String(16), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("owner_org", String(100)),
    Column("creator", String(100)),
    Column("name", exact, nullable=False),
    Column("title", exact, nullable=False),
    Column("created", String(32), nullable=False),
    Column("modified", String(32), nullable=False, index=True),
    # what `catalog.store.search` finds words by on PostgreSQL; on SQLite it is the virtual table package_text
    Column("words", TSVECTOR().with_variant(Text(), "sqlite")),
    Column("grams", TSVECTOR().with_variant(Text(), "sqlite")),
    sqlite_autoincrement=True,
)
NO_WAITING = {"fastupdate": "off"}
"""What is written goes into a GIN index at once: a list of what waits would be read through by each search."""
for _column in (package_index.c.words, package_index.c.grams):
    _name = f"package_index_{_column.name}"
    Index(_name, _column, postgresql_using="gin", postgresql_with=NO_WAITING).ddl_if(dialect="postgresql")

TEXT_TABLE = """
CREATE VIRTUAL TABLE IF NOT EXISTS package_text
USING fts5(title, names, notes, rest, grams, tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*'")
"""
"""SQLite's index of words: `rowid` is package_index.number. By default it splits Thai at its vowel marks."""
package_text = table("package_text", *map(column, ("rowid", "title", "names", "notes", "rest", "grams")))
ddl: Any = DDL  # SQLAlchemy leaves it untyped
event.listen(package_index, "after_create", ddl(TEXT_TABLE).execute_if(dialect="sqlite"))
event.listen(package_index, "after_drop", ddl("DROP TABLE IF EXISTS package_text").execute_if(dialect="sqlite"))

package_values = Table(
    "package_values",
    metadata,
    Column("number", ForeignKey("package_index.number", ondelete="CASCADE"), primary_key=True),
    Column("field", exact, primary_key=True),
    Column("value", exact, primary_key=True),  # cut at 500 letters
    sqlite_with_rowid=False,
)
Index("package_values_field", package_values.c.field, package_values.c.value, package_values.c.number)

search_state = Table(
    "search_state",
    metadata,
    Column("id", Integer, primary_key=True),  # one row: 1
    Column("revision", BigInteger, nullable=False),  # raised by each change that a search could see
    Column("made_by", String(64), nullable=False),  # the rules that made the index: others rebuild it
)

usage = Table(
    "usage",
    metadata,
    Column("package_id", ForeignKey("packages.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # page, file or api
    Column("robot", Boolean, primary_key=True),  # whether programs that call themselves robots asked
    Column("day", String(10), primary_key=True),  # in Thailand
    Column("resource_id", String(100), primary_key=True),  # whose file or rows; "" for the dataset's own
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("usage_day", usage.c.day, usage.c.kind, usage.c.robot, usage.c.package_id, usage.c.count)

voices = Table(
    "voices",
    metadata,
    Column("number", String(16), primary_key=True),  # R2569-0001: kind, year (B.E.), which of it
    Column("kind", String(16), nullable=False, index=True),  # personal, problem, request
    Column("at", String(32), nullable=False, index=True),
    Column("day", String(10), nullable=False),  # of its entry, in Thailand
    Column("token", String(64), nullable=False, unique=True),  # SHA-256 of the receipt's, which is kept nowhere
    Column("page", Text, nullable=False),  # of ours, that it is about or came from
    Column("owner_org", String(100)),  # whose dataset that page shows
    Column("topic", String(32), nullable=False),  # a report of personal data: which kind of it
    Column("words", Text, nullable=False),
    Column("purpose", Text, nullable=False),  # what the data are asked for
    Column("state", String(16), nullable=False),  # received, considering, opened, refused, answered
    Column("due", String(10)),  # the day by which it is to be answered
    Column("closed", String(10)),  # the day on which it was
    Column("answer", Text, nullable=False),
    Column("dataset", String(100)),  # that was opened
    Column("refusal", String(32)),  # which kind (metadata/standards/refusals.yaml)
    Column("listed", Text),  # the words as the public list shows them; none: a steward has not allowed it
    Column("wanted", Integer, nullable=False),  # how many others would like it, too
    Column("mail", String(16), nullable=False),  # none, waiting, sent
    Column("mail_tries", Integer, nullable=False),
    Column("mail_next", String(32)),
)

voice_contacts = Table(
    "voice_contacts",
    metadata,
    # apart from what was said, so that no list can show it; the row goes when the voice is answered
    Column("number", ForeignKey("voices.number", ondelete="CASCADE"), primary_key=True),
    Column("contact", Text, nullable=False),
)

ratings = Table(
    "ratings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    # No foreign key: the figures of a quarter stay when a dataset goes.
    Column("package_id", String(100), nullable=False, index=True),
    Column("resource_id", String(100), nullable=False),  # whose download was asked about; "" for the dataset
    Column("day", String(10), nullable=False, index=True),  # in Thailand
    Column("stars", Integer, nullable=False),  # 1 to 5
    Column("words", Text, nullable=False),  # for stewards only
)

harvest_sources = Table(
    "harvest_sources",
    metadata,
    Column("source", Text, primary_key=True),  # the address of another catalogue
    Column("kind", String(16), nullable=False),
    Column("since", String(32)),  # up to which of its changes it was read
)

harvested = Table(
    "harvested",
    metadata,
    # No foreign key: a copy that was purged here is not fetched again.
    Column("package_id", String(100), primary_key=True),
    Column("source", Text, nullable=False, index=True),
    Column("guid", Text, nullable=False),
    Column("name", Text, nullable=False),  # at the source
    Column("hash", String(64)),  # of what the source said; none: not written, or removed
    Column("removed", Boolean, nullable=False),
)

recalls = Table(
    "recalls",
    metadata,
    # What was taken back, and why: hashes, counts and words of the decision, never what was in it.
    Column("id", String(40), primary_key=True),  # the run of the journal that began it
    Column("dataset", String(100), nullable=False, index=True),
    Column("package_id", String(100)),  # here; none: it was never in our catalog
    Column("release", String(80)),  # sha256:…; none: no desk made it
    Column("kind", String(16), nullable=False),  # incident, or erasure: a person asked for it
    Column("request", Text, nullable=False),  # that person's request: its number in our books
    Column("at", String(32), nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("facts", Text, nullable=False),  # JSON: since when, how often used: what the incident's sheet tells
    Column("reopened", String(32)),  # when a release approved since then, naming this recall, first went out
)

recalled = Table(
    "recalled",
    metadata,
    Column("recall", ForeignKey("recalls.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(16), primary_key=True),  # dataset and resource: ids and names; file: a SHA-256
    Column("key", String(200), primary_key=True, index=True),
)

recall_targets = Table(
    "recall_targets",
    metadata,
    Column("recall", ForeignKey("recalls.id", ondelete="CASCADE"), primary_key=True),
    Column("target", String(200), primary_key=True),  # `local`: our own catalog, to the last byte on the disk
    Column("since", String(32)),  # when it first stood there
    Column("done", String(32)),  # when it was gone; none: it may still be there
    Column("remains", Text, nullable=False),  # JSON: what we cannot take away there
    Column("trouble", String(64)),  # what the last attempt ended with
)

cleared_files = Table(
    "cleared_files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("by", String(40), nullable=False),  # gate: the desk let it out; else which scanner found nothing in it
)

cleared_tables = Table(
    "cleared_tables",
    metadata,
    Column("resource_id", ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    Column("writes", BigInteger, nullable=False),  # how often rows were written
    Column("cleared", BigInteger),  # the write up to which all rows are; none: some never were looked at
    Column("by", String(40)),
)

evidence = Table(
    "evidence",
    metadata,
    Column("kind", String(16), primary_key=True),  # what was looked at: an address, a file, a registration …
    Column("key", String(64), primary_key=True),  # SHA-256 of what names it
    Column("checked_at", String(32), nullable=False),
    Column("document", Text, nullable=False),
)

audits = Table(
    "audits",
    metadata,
    Column("id", String(32), primary_key=True),  # begins with the moment it was made
    Column("target", Text, nullable=False),  # what was audited: `local`, `desk`, an address, a file's name
    Column("day", String(10), nullable=False),  # by which it judges, in Thailand
    Column("whole", Boolean, nullable=False),  # not only datasets that were named
    Column("head", Text, nullable=False),  # JSON: terms, scores, and the hashes of what it was of
)
Index("audits_target", audits.c.target, audits.c.day, audits.c.id)

audit_contents = Table(
    "audit_contents",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the content's canonical JSON
    Column("content", Text, nullable=False),  # that JSON, packed by zlib, in base 64
)

restores = Table(
    "restores",
    metadata,
    Column("id", String(36), primary_key=True),  # says, after a crash, whether the files of a restore hold
    Column("at", String(32), nullable=False),
    Column("made", String(32), nullable=False),  # when its backup was made
)
