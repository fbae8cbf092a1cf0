"""Open tasks as a list, and cases that go on from closed ones.

Both only add. A case's tasks are listed at its next save: no released version wrote tasks before this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("cases", sa.Column("linked_to", BIG, nullable=True))
    op.create_index("ix_cases_linked_to", "cases", ["linked_to"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_tasks_number"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_number", "tasks", ["number"], unique=False)
    op.create_index("ix_tasks_owner", "tasks", ["owner", "due_at"], unique=False)
