"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_tables()
    op.execute("INSERT INTO clock (id, offset_seconds) VALUES (1, 0)")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('case_numbers', 1000)")
        _refuse_changes_on_sqlite("history")
        _refuse_changes_on_sqlite("seals")
    else:
        _refuse_changes_on_postgresql()


def _refuse_changes_on_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in ("history", "seals"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _create_tables() -> None:
    op.create_table(
        "case_numbers",
        sa.Column("number", BIG, sa.Identity(start=1001), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_case_numbers"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "cases",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("queue", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("email_index", sa.LargeBinary(), nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("history_length", sa.Integer(), nullable=False),
        sa.Column("history_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_cases"),
        sa.UniqueConstraint("id", name="uq_cases_id"),
    )
    op.create_index("ix_cases_email_index", "cases", ["email_index"], unique=False)
    op.create_index(
        "ix_cases_owner",
        "cases",
        ["owner"],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
        sqlite_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_cases_waiting",
        "cases",
        [sa.text("urgent DESC"), "due_at", "number"],
        postgresql_where=sa.text("state = 'new'"),
        sqlite_where=sa.text("state = 'new'"),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clock"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("sequence", sa.String(length=80), nullable=False),
        sa.Column("lane", sa.String(length=80), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=True),
        sa.Column("about", sa.String(length=80), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(length=40), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_about", "deliveries", ["number", "about"], unique=False)
    op.create_index(
        "ix_deliveries_next",
        "deliveries",
        ["priority", "next_try_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
        sqlite_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_deliveries_sequence",
        "deliveries",
        ["sequence", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('waiting', 'leased')"),
        sqlite_where=sa.text("status IN ('waiting', 'leased')"),
    )
    op.create_index(
        "uq_deliveries_dedupe_key",
        "deliveries",
        ["dedupe_key"],
        unique=True,
        postgresql_where=sa.text("status = 'waiting'"),
        sqlite_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "inbound",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_inbound"),
    )
    op.create_table(
        "lanes",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("free_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lanes"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("credentials", sa.Text(), nullable=False),
        sa.Column("states", sa.Text(), nullable=True),
        sa.Column("queues", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "seals",
        sa.Column("place", BIG, autoincrement=False, nullable=False),
        sa.Column("history_id", BIG, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_seals"),
        sa.UniqueConstraint("history_id", name="uq_seals_history_id"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("number", BIG, nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("staged_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_attachments_number"),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
    )
    op.create_index("ix_attachments_number", "attachments", ["number"], unique=False)
    op.create_table(
        "cards",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("ts", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_cards_number"),
        sa.PrimaryKeyConstraint("number", name="pk_cards"),
        sa.UniqueConstraint("channel", "ts", name="uq_cards_channel_ts"),
    )
    op.create_table(
        "history",
        sa.Column("id", BIG, sa.Identity(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_history_number"),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
        sa.UniqueConstraint("number", "place", name="uq_history_number_place"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("wait_until", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("unlocked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name="fk_links_number"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("token_digest", name="uq_links_token_digest"),
    )
    op.create_index("ix_links_number", "links", ["number"], unique=False)
