"""the day for which an errand was offered"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("errands") as errands:
        errands.add_column(sa.Column("day", sa.Date(), nullable=True))
    op.execute("UPDATE errands SET day = (SELECT promised_date FROM deliveries WHERE deliveries.id = delivery_id)")
    with op.batch_alter_table("errands") as errands:
        errands.alter_column("day", existing_type=sa.Date(), nullable=False)
        errands.drop_constraint(op.f("uq_errands_delivery_id"), type_="unique")
        errands.create_unique_constraint(op.f("uq_errands_delivery_id"), ["delivery_id", "volunteer_id", "day"])
