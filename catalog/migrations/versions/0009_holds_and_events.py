"""a hold may ask for one edition or one item; what librarians say of events; wishes that wait for a library system"""

import sqlalchemy as sa
from alembic import op

import catalog.database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("holds") as holds:
        holds.add_column(sa.Column("scope", sa.String(), nullable=False, server_default="work"))
        holds.add_column(sa.Column("wanted_id", sa.Integer(), nullable=True))
        holds.create_foreign_key(op.f("fk_holds_wanted_id_items"), "items", ["wanted_id"], ["id"])
        holds.create_check_constraint(op.f("ck_holds_scope"), "scope IN ('work', 'edition', 'item')")
        holds.create_check_constraint(op.f("ck_holds_wanted"), "(scope = 'item') = (wanted_id IS NOT NULL)")
    with op.batch_alter_table("holds") as holds:
        holds.alter_column("scope", existing_type=sa.String(), server_default=None)
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("code", sa.String(), nullable=False, server_default=""))
        events.add_column(sa.Column("access", sa.JSON(), nullable=False, server_default="[]"))
        events.add_column(sa.Column("register_until", catalog.database.UtcDateTime(timezone=True), nullable=True))
    with op.batch_alter_table("events") as events:
        events.alter_column("code", existing_type=sa.String(), server_default=None)
        events.alter_column("access", existing_type=sa.JSON(), server_default=None)
    op.create_table(
        "queued_wishes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patron_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("asked_at", catalog.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", catalog.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'done', 'refused')", name=op.f("ck_queued_wishes_status")),
        sa.ForeignKeyConstraint(["patron_id"], ["patrons.id"], name=op.f("fk_queued_wishes_patron_id_patrons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queued_wishes")),
    )
    op.create_index(op.f("ix_queued_wishes_patron_id"), "queued_wishes", ["patron_id"])
    op.create_index(
        "uq_queued_wishes_waiting",
        "queued_wishes",
        ["key"],
        unique=True,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
