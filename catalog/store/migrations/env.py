"""What Alembic runs: the revisions, in the transaction that `catalog.store.migrate` hands it."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    transaction_per_migration=False,
)
context.run_migrations()
