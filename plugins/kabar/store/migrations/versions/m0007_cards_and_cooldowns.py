"""Posts that a person makes by hand, and pauses that every worker remembers."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    # The driver's own call: SQLAlchemy would take percent signs for parameters.
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None  # noqa: S101 -- true inside a migration's transaction; mypy cannot know.
    driver.execute(statements)
