"""the number of changes of the places, broadcasts"""

import sqlalchemy as sa
from alembic import op

import catalog.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change_numbers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_change_numbers")),
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_unit_id", sa.Integer(), nullable=False),
        sa.Column("place_ids", sa.JSON(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("correction", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("drafted_at", catalog.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("approved_at", catalog.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sent_at", catalog.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("recalled_at", catalog.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('draft', 'approved', 'sent', 'recalled')", name=op.f("ck_broadcasts_status")),
        sa.CheckConstraint(
            "status IN ('draft', 'recalled') OR (approved_by IS NOT NULL AND approved_by <> drafted_by)",
            name=op.f("ck_broadcasts_two_librarians"),
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["librarians.id"], name=op.f("fk_broadcasts_approved_by_librarians")),
        sa.ForeignKeyConstraint(["drafted_by"], ["librarians.id"], name=op.f("fk_broadcasts_drafted_by_librarians")),
        sa.ForeignKeyConstraint(["org_unit_id"], ["org_units.id"], name=op.f("fk_broadcasts_org_unit_id_org_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
