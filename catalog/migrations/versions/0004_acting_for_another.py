"""who acted for a patron, one-time codes that let another act, what a delegate calls the patron"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("audit") as audit:
        audit.add_column(sa.Column("delegate_id", sa.Integer(), nullable=True))
        audit.create_foreign_key(op.f("fk_audit_delegate_id_patrons"), "patrons", ["delegate_id"], ["id"])
    with op.batch_alter_table("link_codes") as codes:
        codes.add_column(sa.Column("scope", sa.String(), nullable=False, server_default=""))
        codes.add_column(sa.Column("until", sa.Date(), nullable=True))
    with op.batch_alter_table("delegations") as delegations:
        delegations.add_column(sa.Column("called", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("link_codes") as codes:
        codes.alter_column("scope", server_default=None)
    with op.batch_alter_table("delegations") as delegations:
        delegations.alter_column("called", server_default=None)
