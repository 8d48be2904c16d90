"""volunteers with cards of their own, errands"""

import sqlalchemy as sa
from alembic import op

import catalog.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("volunteers") as volunteers:
        volunteers.add_column(sa.Column("patron_id", sa.Integer(), nullable=True))
        volunteers.create_foreign_key(op.f("fk_volunteers_patron_id_patrons"), "patrons", ["patron_id"], ["id"])
        volunteers.create_unique_constraint(op.f("uq_volunteers_patron_id"), ["patron_id"])
    op.create_table(
        "errands",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("offered_at", catalog.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", catalog.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status IN ('offered', 'accepted', 'declined', 'lapsed', 'done')", name=op.f("ck_errands_status")
        ),
        sa.CheckConstraint("minutes IS NULL OR (status = 'done' AND minutes > 0)", name=op.f("ck_errands_minutes")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_errands_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_errands_volunteer_id_volunteers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errands")),
        sa.UniqueConstraint("delivery_id", "volunteer_id", name=op.f("uq_errands_delivery_id")),
    )
    op.create_index(op.f("ix_errands_delivery_id"), "errands", ["delivery_id"])
    op.create_index(op.f("ix_errands_volunteer_id"), "errands", ["volunteer_id"])
