"""a hold may ask for one edition or one item; what librarians say of events"""

import sqlalchemy as sa
from alembic import op

import catalog.database

revision = "0010"
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
