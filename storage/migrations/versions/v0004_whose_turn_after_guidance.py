"""Whether a case's newest guidance is understood: then the case waits for its owner, not for the patient.

It only adds. Of a case that was saved before, it is unknown until its next save or until a worker fills it in
(`storage.whose_turn`); what an older version saves meanwhile keeps what was known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("cases", sa.Column("understood", sa.Boolean(), nullable=True))
