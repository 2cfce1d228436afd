"""Accounts, roles, tokens, activities, follows, vocabularies, views, versions, usage, harvest, search by words.

What was derived is derived again: the search index when the catalog is opened; who made a package, and which
groups hold it, from its document. Going back, the tables of people and versions are lost, and the words of the old
search are made anew.
"""

import hashlib
import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds them."""
    op.create_table(
        "activities",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("timestamp", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.String(length=100), nullable=False),
        sa.Column("activity_type", sa.String(length=40), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_activities_object_id"), "activities", ["object_id"], unique=False)
    op.create_index(op.f("ix_activities_timestamp"), "activities", ["timestamp"], unique=False)
    op.create_index(op.f("ix_activities_user_id"), "activities", ["user_id"], unique=False)
    op.create_table(
        "audit_contents",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "audits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audits_target", "audits", ["target", "day", "id"], unique=False)
    op.create_table(
        "shares",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("mou", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("tables", sa.Text(), nullable=False),
        sa.Column("begins", sa.String(length=10), nullable=False),
        sa.Column("ends", sa.String(length=10), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("approved", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index(op.f("ix_shares_package_id"), "shares", ["package_id"], unique=False)
    op.create_table(
        "share_uses",
        sa.Column("share_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("road", sa.String(length=40), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("share_id", "day", "road"),
        sqlite_with_rowid=False,
    )
    op.create_index("journal_dataset", "journal", ["dataset", "kind", "seq"], unique=False)
    op.create_table(
        "audit_log",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=100), nullable=True),
        sa.Column("user_name", sa.String(length=100), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.String(length=100), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False)
    op.create_index(op.f("ix_audit_log_object_id"), "audit_log", ["object_id"], unique=False)
    op.create_index(op.f("ix_audit_log_user_id"), "audit_log", ["user_id"], unique=False)
    op.create_table(
        "datastore_aliases",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("alias"),
    )
    op.create_index(op.f("ix_datastore_aliases_resource_id"), "datastore_aliases", ["resource_id"], unique=False)
    op.create_table(
        "cleared_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "cleared_tables",
        sa.Column("resource_id", sa.String(length=100), nullable=False),
        sa.Column("writes", sa.BigInteger(), nullable=False),
        sa.Column("cleared", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("resource_id"),
    )
    op.create_table(
        "evidence",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("checked_at", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_table(
        "usage",
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("robot", sa.Boolean(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("resource_id", sa.String(length=100), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("package_id", "kind", "robot", "day", "resource_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("usage_day", "usage", ["day", "kind", "robot", "package_id", "count"], unique=False)
    op.create_table(
        "follows",
        sa.Column("follower_id", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("object_id", sa.String(length=100), nullable=False),
        sa.Column("datetime", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("follower_id", "kind", "object_id"),
    )
    op.create_index(op.f("ix_follows_object_id"), "follows", ["object_id"], unique=False)
    op.create_table(
        "voices",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("owner_org", sa.String(length=100), nullable=True),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=True),
        sa.Column("closed", sa.String(length=10), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=True),
        sa.Column("refusal", sa.String(length=32), nullable=True),
        sa.Column("listed", sa.Text(), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("mail", sa.String(length=16), nullable=False),
        sa.Column("mail_tries", sa.Integer(), nullable=False),
        sa.Column("mail_next", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("token"),
    )
    op.create_index(op.f("ix_voices_at"), "voices", ["at"], unique=False)
    op.create_index(op.f("ix_voices_kind"), "voices", ["kind"], unique=False)
    op.create_table(
        "voice_contacts",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["voices.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "ratings",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("resource_id", sa.String(length=100), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_ratings_day"), "ratings", ["day"], unique=False)
    op.create_index(op.f("ix_ratings_package_id"), "ratings", ["package_id"], unique=False)
    op.create_table(
        "harvest_sources",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "harvested",
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("package_id"),
    )
    op.create_index(op.f("ix_harvested_source"), "harvested", ["source"], unique=False)
    op.create_table(
        "recalls",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("package_id", sa.String(length=100), nullable=True),
        sa.Column("release", sa.String(length=80), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("reopened", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_recalls_dataset"), "recalls", ["dataset"], unique=False)
    op.create_table(
        "recalled",
        sa.Column("recall", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["recall"], ["recalls.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recall", "kind", "key"),
    )
    op.create_index(op.f("ix_recalled_key"), "recalled", ["key"], unique=False)
    op.create_table(
        "recall_targets",
        sa.Column("recall", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=True),
        sa.Column("done", sa.String(length=32), nullable=True),
        sa.Column("remains", sa.Text(), nullable=False),
        sa.Column("trouble", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["recall"], ["recalls.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recall", "target"),
    )
    op.create_table(
        "restores",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("made", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("fullname", sa.Text(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("sysadmin", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("last_active", sa.String(length=32), nullable=True),
        sa.Column("dashboard_seen", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index(op.f("ix_users_email"), "users", ["email"], unique=False)
    op.create_table(
        "version_files",
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resource_id", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("package_id", "number", "resource_id"),
    )
    op.create_index(op.f("ix_version_files_sha256"), "version_files", ["sha256"], unique=False)
    op.create_table(
        "versions",
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("package_id", "number"),
    )
    op.create_index(op.f("ix_versions_name"), "versions", ["name"], unique=False)
    op.create_table(
        "vocabularies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("expires", sa.String(length=32), nullable=True),
        sa.Column("last_access", sa.String(length=32), nullable=True),
        sa.Column("revoked", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("provider", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=100), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("granted", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("provider", "subject"),
    )
    op.create_index(op.f("ix_identities_user_id"), "identities", ["user_id"], unique=False)
    op.create_table(
        "members",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("group_id", sa.String(length=100), nullable=False),
        sa.Column("table_name", sa.String(length=16), nullable=False),
        sa.Column("table_id", sa.String(length=100), nullable=False),
        sa.Column("capacity", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("group_id", "table_name", "table_id", name="members_once"),
    )
    op.create_index(op.f("ix_members_table_id"), "members", ["table_id"], unique=False)
    op.create_table(
        "package_groups",
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("group_id", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("package_id", "group_id"),
    )
    op.create_index(op.f("ix_package_groups_group_id"), "package_groups", ["group_id"], unique=False)
    op.create_table(
        "package_index",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("owner_org", sa.String(length=100), nullable=True),
        sa.Column("creator", sa.String(length=100), nullable=True),
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("title", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.Column("modified", sa.String(length=32), nullable=False),
        sa.Column("words", postgresql.TSVECTOR().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("grams", postgresql.TSVECTOR().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("package_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_package_index_modified"), "package_index", ["modified"], unique=False)
    op.create_table(
        "vocabulary_tags",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("vocabulary_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["vocabulary_id"], ["vocabularies.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("vocabulary_id", "name", name="vocabulary_tags_once"),
    )
    op.create_table(
        "pictures",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("group_id", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(op.f("ix_pictures_group_id"), "pictures", ["group_id"], unique=False)
    op.create_index(op.f("ix_pictures_sha256"), "pictures", ["sha256"], unique=False)
    op.create_table(
        "package_vocabulary_tags",
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("tag_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["vocabulary_tags.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("package_id", "tag_id"),
    )
    op.create_index(op.f("ix_package_vocabulary_tags_tag_id"), "package_vocabulary_tags", ["tag_id"], unique=False)
    op.create_table(
        "package_values",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("value", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["package_index.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", "field", "value"),
        sqlite_with_rowid=False,
    )
    op.create_index("package_values_field", "package_values", ["field", "value", "number"], unique=False)
    op.create_table(
        "resource_views",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("resource_id", sa.String(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_resource_views_resource_id"), "resource_views", ["resource_id"], unique=False)
    op.add_column("packages", sa.Column("creator", sa.String(length=100), nullable=True))
    op.create_index(op.f("ix_packages_creator"), "packages", ["creator"], unique=False)
    op.drop_column("packages", "words")
    if op.get_bind().dialect.name == "postgresql":
        for column in ("grams", "words"):
            kind: Any = {"postgresql_using": "gin", "postgresql_with": {"fastupdate": "off"}}
            op.create_index(f"package_index_{column}", "package_index", [column], unique=False, **kind)
    for key, document in _documents("creator"):
        _set("creator", key, document.get("creator_user_id"))
    _groups_of_packages()
    _first_versions()


def _groups_of_packages() -> None:
    """Which group holds which dataset, from the datasets' own documents."""
    connection = op.get_bind()
    known = {key for (key,) in connection.execute(sa.text("SELECT id FROM groups"))}
    held = connection.execute(sa.text("SELECT id, document FROM packages")).all()
    pairs = {(key, one["id"]) for key, document in held for one in json.loads(document).get("groups") or ()}
    rows = [{"package_id": key, "group_id": group} for key, group in sorted(pairs) if group in known]
    if rows:
        made = sa.table("package_groups", sa.column("package_id"), sa.column("group_id"))
        connection.execute(sa.insert(made), rows)


def _first_versions() -> None:
    """Every dataset as it is, with its files, becomes its own first version."""
    connection = op.get_bind()
    fields = ("package_id", "number", "name", "at", "hash", "public", "document")
    made = sa.table("versions", *(sa.column(name, sa.Boolean() if name == "public" else None) for name in fields))
    held = sa.text("SELECT id, name, metadata_modified, state, private, document FROM packages")
    for key, name, at, state, private, document in connection.execute(held).all():
        text = json.dumps(json.loads(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        row = (key, 1, name, at, digest, state == "active" and not private, document)
        connection.execute(sa.insert(made).values(dict(zip(fields, row, strict=True))))
    op.execute(
        "INSERT INTO version_files (package_id, number, resource_id, sha256, size, filename) "
        "SELECT package_id, 1, id, sha256, size, filename FROM resources "
        "WHERE state = 'active' AND sha256 IS NOT NULL"
    )


def downgrade() -> None:
    """Removes them, and makes the words of the old search."""
    op.add_column("packages", sa.Column("words", sa.Text(), nullable=False, server_default=""))
    op.drop_index(op.f("ix_packages_creator"), table_name="packages")
    op.drop_column("packages", "creator")
    op.drop_index(op.f("ix_resource_views_resource_id"), table_name="resource_views")
    op.drop_table("resource_views")
    op.drop_index("package_values_field", table_name="package_values")
    op.drop_table("package_values")
    op.drop_index(op.f("ix_pictures_sha256"), table_name="pictures")
    op.drop_index(op.f("ix_pictures_group_id"), table_name="pictures")
    op.drop_table("pictures")
    op.drop_index(op.f("ix_package_vocabulary_tags_tag_id"), table_name="package_vocabulary_tags")
    op.drop_table("package_vocabulary_tags")
    op.drop_table("vocabulary_tags")
    op.drop_index(op.f("ix_package_index_modified"), table_name="package_index")
    op.drop_table("package_index")
    op.drop_index(op.f("ix_package_groups_group_id"), table_name="package_groups")
    op.drop_table("package_groups")
    op.drop_index(op.f("ix_members_table_id"), table_name="members")
    op.drop_table("members")
    op.drop_index(op.f("ix_identities_user_id"), table_name="identities")
    op.drop_table("identities")
    op.drop_index(op.f("ix_api_tokens_user_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_table("vocabularies")
    op.drop_index(op.f("ix_versions_name"), table_name="versions")
    op.drop_table("versions")
    op.drop_index(op.f("ix_version_files_sha256"), table_name="version_files")
    op.drop_table("version_files")
    op.drop_index(op.f("ix_users_email"), table_name="users")
    op.drop_table("users")
    op.drop_table("search_state")
    op.drop_index("usage_day", table_name="usage")
    op.drop_table("usage")
    op.drop_table("evidence")
    op.drop_table("cleared_tables")
    op.drop_table("cleared_files")
    op.drop_table("restores")
    op.drop_table("recall_targets")
    op.drop_index(op.f("ix_recalled_key"), table_name="recalled")
    op.drop_table("recalled")
    op.drop_index(op.f("ix_recalls_dataset"), table_name="recalls")
    op.drop_table("recalls")
    op.drop_index(op.f("ix_datastore_aliases_resource_id"), table_name="datastore_aliases")
    op.drop_table("datastore_aliases")
    op.drop_index(op.f("ix_harvested_source"), table_name="harvested")
    op.drop_table("harvested")
    op.drop_table("harvest_sources")
    op.drop_index(op.f("ix_ratings_package_id"), table_name="ratings")
    op.drop_index(op.f("ix_ratings_day"), table_name="ratings")
    op.drop_table("ratings")
    op.drop_table("voice_contacts")
    op.drop_index(op.f("ix_voices_kind"), table_name="voices")
    op.drop_index(op.f("ix_voices_at"), table_name="voices")
    op.drop_table("voices")
    op.drop_index(op.f("ix_follows_object_id"), table_name="follows")
    op.drop_table("follows")
    op.drop_index(op.f("ix_audit_log_user_id"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_object_id"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_at"), table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_index(op.f("ix_activities_user_id"), table_name="activities")
    op.drop_index(op.f("ix_activities_timestamp"), table_name="activities")
    op.drop_index(op.f("ix_activities_object_id"), table_name="activities")
    op.drop_table("activities")
    op.drop_index("audits_target", table_name="audits")
    op.drop_table("audits")
    op.drop_index("journal_dataset", table_name="journal")
    op.drop_table("share_uses")
    op.drop_index(op.f("ix_shares_package_id"), table_name="shares")
    op.drop_table("shares")
    op.drop_table("audit_contents")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE IF EXISTS package_text")
    for key, document in _documents("words"):
        tags = " ".join(tag["name"] for tag in document.get("tags", ()))
        parts = (document["name"], document.get("title"), document.get("notes"), tags)
        _set("words", key, unicodedata.normalize("NFC", "\n".join(part for part in parts if part)).casefold())


def _packages(column: str) -> sa.TableClause:
    return sa.table("packages", sa.column("id"), sa.column("document"), sa.column(column))


def _documents(column: str) -> list[tuple[str, dict[str, Any]]]:
    table = _packages(column)
    found = op.get_bind().execute(sa.select(table.c.id, table.c.document)).all()
    return [(key, json.loads(document)) for key, document in found]


def _set(column: str, key: str, value: object) -> None:
    table = _packages(column)
    op.get_bind().execute(sa.update(table).where(table.c.id == key).values({column: value}))
