"""what a place settles of the policy, the routes of the vans, and who is closed on public holidays"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("org_units") as places:
        places.add_column(sa.Column("public_holidays", sa.String(), nullable=False, server_default=""))
        places.create_check_constraint(
            op.f("ck_org_units_public_holidays"), "public_holidays IN ('', 'closed', 'open')"
        )
    with op.batch_alter_table("org_units") as places:
        places.alter_column("public_holidays", existing_type=sa.String(), server_default=None)
    op.create_table(
        "van_routes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_van_routes")),
        sa.UniqueConstraint("code", name=op.f("uq_van_routes_code")),
    )
    op.create_table(
        "van_stops",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("org_unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["org_unit_id"], ["org_units.id"], name=op.f("fk_van_stops_org_unit_id_org_units")),
        sa.ForeignKeyConstraint(["route_id"], ["van_routes.id"], name=op.f("fk_van_stops_route_id_van_routes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_van_stops")),
        sa.UniqueConstraint("route_id", "position", name=op.f("uq_van_stops_route_id")),
    )
    op.create_index(op.f("ix_van_stops_org_unit_id"), "van_stops", ["org_unit_id"])
    op.create_table(
        "policy_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_unit_id", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_unit_id"], ["org_units.id"], name=op.f("fk_policy_settings_org_unit_id_org_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_settings")),
        sa.UniqueConstraint("org_unit_id", "group", "format", "name", name=op.f("uq_policy_settings_org_unit_id")),
    )
