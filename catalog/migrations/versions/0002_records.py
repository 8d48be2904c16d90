"""source records, how far an import came, the titles of works, items that are away"""

import sqlalchemy as sa
from alembic import op

import catalog.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OLD = "status IN ('available', 'on_loan', 'on_hold_shelf', 'in_transit', 'allocated', 'missing', 'withdrawn', 'reference')"
NEW = OLD.replace("'reference')", "'reference', 'away')")


def upgrade() -> None:
    op.create_table(
        "source_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("kept_apart", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("deleted_at", catalog.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_source_records_record_id_records")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_records")),
        sa.UniqueConstraint("library", "number", name=op.f("uq_source_records_library")),
    )
    op.create_index(op.f("ix_source_records_record_id"), "source_records", ["record_id"])
    op.create_table(
        "import_progress",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reached", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_import_progress")),
    )

    op.create_table(
        "work_titles",
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_work_titles_work_id_works")),
        sa.PrimaryKeyConstraint("title_key", "work_id", name=op.f("pk_work_titles")),
    )
    op.create_index(op.f("ix_work_titles_work_id"), "work_titles", ["work_id"])
    works = sa.table("works", sa.column("id", sa.Integer), sa.column("key", sa.String))
    titles = sa.table("work_titles", sa.column("title_key", sa.String), sa.column("work_id", sa.Integer))
    connection = op.get_bind()
    after = 0
    while rows := connection.execute(
        sa.select(works.c.id, works.c.key).where(works.c.id > after).order_by(works.c.id).limit(5000)
    ).all():
        found = [{"title_key": row.key.rpartition("|")[0], "work_id": row.id} for row in rows]
        connection.execute(sa.insert(titles), found)
        after = rows[-1].id

    with op.batch_alter_table("items") as batch_op:
        batch_op.drop_constraint(op.f("ck_items_status"), type_="check")
        batch_op.create_check_constraint(op.f("ck_items_status"), NEW)
