"""What several workers and machines need: broken lanes, suppressed addresses, how far threads were read, which keys pass.

All of it only adds, but for one index: where that is gone the version before this one claims more slowly, and correctly.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("lanes", sa.Column("broken", sa.String(length=80), nullable=True))
    op.add_column("lanes", sa.Column("broken_at", MOMENT, nullable=True))
    op.add_column("cards", sa.Column("latest_reply", sa.String(length=40), nullable=True))
    op.create_table(
        "suppressions",
        sa.Column("email_index", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("email_index", name="pk_suppressions"),
    )
    op.add_column("inbound", sa.Column("lasts", sa.Boolean(), nullable=True))
    _index("ix_inbound_passing", ["at"], "NOT lasts", table="inbound")
    op.drop_index("ix_deliveries_next", table_name="deliveries")
    for way, kinds in {
        "slack": "kind NOT IN ('timer', 'letter', 'alarm', 'warning')",
        "mail": "kind = 'letter'",
        "alarm": "kind IN ('alarm', 'warning')",
    }.items():
        _index(f"ix_deliveries_{way}", ["priority", "due_at", "id"], f"status = 'waiting' AND {kinds}")
    _index("ix_deliveries_timers", ["next_try_at", "id"], "status = 'waiting' AND kind = 'timer'")
    _index("ix_deliveries_lease_until", ["lease_until"], "status = 'leased'")
    _index("ix_deliveries_dead", ["id"], "status = 'dead'")
    _index("ix_deliveries_receipt", ["receipt"], "kind = 'letter'")


def _index(name: str, columns: list[str], where: str, table: str = "deliveries") -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, unique=False, postgresql_where=only, sqlite_where=only)
