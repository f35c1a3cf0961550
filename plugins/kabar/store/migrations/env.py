"""Run the migrations of our two schemas; Airflow's own tables are migrated by Airflow."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, make_url, text

# The bookkeeping table of the migrations must stand in a schema that exists before the first of them.
BOOKKEEPING_SCHEMA = "kabar_migration"

url = make_url(context.config.attributes["url"]).set(drivername="postgresql+psycopg")
engine = create_engine(url)
with engine.connect() as connection:
    connection.execute(text(f"create schema if not exists {BOOKKEEPING_SCHEMA}"))
    connection.commit()
    context.configure(connection=connection, version_table_schema=BOOKKEEPING_SCHEMA)
    with context.begin_transaction():
        # Two components may start at once; the second waits and then finds nothing to do.
        connection.execute(text("select pg_advisory_xact_lock(hashtext('kabar migration'))"))
        context.run_migrations()
engine.dispose()
