"""the few readers who chose how many days ahead they are reminded are found by an index"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_patrons_reminder_days",
        "patrons",
        ["id"],
        sqlite_where=sa.text("JSON_EXTRACT(preferences, '$.\"reminder_days\"') IS NOT NULL"),
        postgresql_where=sa.text("CAST((preferences ->> 'reminder_days') AS VARCHAR) IS NOT NULL"),
    )
