"""Runs the migrations on the connection, and in the transaction, that `upgrade` gives."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,  # true of SQLite too, because its transactions are begun explicitly
    render_as_batch=True,
)
context.run_migrations()
