"""the door for which an errand was offered"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("errands") as errands:
        errands.add_column(sa.Column("address_id", sa.Integer(), nullable=True))
    op.execute("UPDATE errands SET address_id = (SELECT address_id FROM deliveries WHERE deliveries.id = delivery_id)")
    with op.batch_alter_table("errands") as errands:
        errands.alter_column("address_id", existing_type=sa.Integer(), nullable=False)
        errands.create_foreign_key(op.f("fk_errands_address_id_addresses"), "addresses", ["address_id"], ["id"])
        errands.drop_constraint(op.f("uq_errands_delivery_id"), type_="unique")
        errands.create_unique_constraint(
            op.f("uq_errands_delivery_id"), ["delivery_id", "volunteer_id", "day", "address_id"]
        )
