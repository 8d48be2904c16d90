"""books chosen for readers: reading profiles, parcels"""

import sqlalchemy as sa
from alembic import op

import catalog.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_profiles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patron_id", sa.Integer(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("started_at", catalog.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", catalog.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("every_days > 0", name=op.f("ck_reading_profiles_every_days")),
        sa.ForeignKeyConstraint(["patron_id"], ["patrons.id"], name=op.f("fk_reading_profiles_patron_id_patrons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_profiles")),
        sa.UniqueConstraint("patron_id", name=op.f("uq_reading_profiles_patron_id")),
    )
    op.create_table(
        "parcels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("patron_id", sa.Integer(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("chosen_at", catalog.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("order_on", sa.Date(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('chosen', 'vetoed', 'ordered', 'given_up')", name=op.f("ck_parcels_status")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_parcels_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["patron_id"], ["patrons.id"], name=op.f("fk_parcels_patron_id_patrons")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["reading_profiles.id"], name=op.f("fk_parcels_profile_id_reading_profiles")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_parcels_record_id_records")),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_parcels_work_id_works")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcels")),
        sa.UniqueConstraint("patron_id", "work_id", name=op.f("uq_parcels_patron_id")),
    )
    op.create_index(
        "uq_parcels_open",
        "parcels",
        ["profile_id"],
        unique=True,
        sqlite_where=sa.text("status = 'chosen'"),
        postgresql_where=sa.text("status = 'chosen'"),
    )
