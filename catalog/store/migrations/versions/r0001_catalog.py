"""The tables of the first catalogs: packages, resources, tags, groups, the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "groups",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("journal_remembered", "journal", ["target", "dataset", "kind", "seq"], unique=False)
    op.create_table(
        "packages",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner_org", sa.String(length=100), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("metadata_created", sa.String(length=32), nullable=False),
        sa.Column("metadata_modified", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index(op.f("ix_packages_metadata_modified"), "packages", ["metadata_modified"], unique=False)
    op.create_index(op.f("ix_packages_owner_org"), "packages", ["owner_org"], unique=False)
    op.create_index("packages_title", "packages", ["title"], unique=False)
    op.create_table(
        "package_tags",
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("package_id", "name"),
    )
    op.create_index(op.f("ix_package_tags_name"), "package_tags", ["name"], unique=False)
    op.create_table(
        "resources",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("package_id", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_resources_package_id"), "resources", ["package_id"], unique=False)
    op.create_index(op.f("ix_resources_sha256"), "resources", ["sha256"], unique=False)


def downgrade() -> None:
    """Removes them."""
    op.drop_index(op.f("ix_resources_sha256"), table_name="resources")
    op.drop_index(op.f("ix_resources_package_id"), table_name="resources")
    op.drop_table("resources")
    op.drop_index(op.f("ix_package_tags_name"), table_name="package_tags")
    op.drop_table("package_tags")
    op.drop_index("packages_title", table_name="packages")
    op.drop_index(op.f("ix_packages_owner_org"), table_name="packages")
    op.drop_index(op.f("ix_packages_metadata_modified"), table_name="packages")
    op.drop_table("packages")
    op.drop_index("journal_remembered", table_name="journal")
    op.drop_table("journal")
    op.drop_table("groups")
