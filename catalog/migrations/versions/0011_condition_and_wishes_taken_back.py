"""in which state a copy left for a door, reached it and came back; a wish that waits can be taken back"""

import sqlalchemy as sa
from alembic import op

import catalog.database

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("queued_wishes") as wishes:
        wishes.drop_constraint(op.f("ck_queued_wishes_status"), type_="check")
        wishes.create_check_constraint(
            op.f("ck_queued_wishes_status"), "status IN ('waiting', 'done', 'refused', 'withdrawn')"
        )
    op.create_table(
        "conditions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("moment", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("noted_at", catalog.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "moment IN ('dispatched', 'delivered', 'collected', 'returned')", name=op.f("ck_conditions_moment")
        ),
        sa.CheckConstraint("state IN ('good', 'worn', 'damaged')", name=op.f("ck_conditions_state")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_conditions_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_conditions_item_id_items")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conditions")),
    )
    op.create_index(op.f("ix_conditions_item_id"), "conditions", ["item_id"])
