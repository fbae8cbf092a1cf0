"""The tables. What people wrote stands only in the `body`, `payload` and file columns, always encrypted."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases: `timestamptz` on PostgreSQL, sortable text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("only aware datetimes are stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in an INTEGER primary key."""


def _only_where(condition: str, name: str, *columns: str) -> Index:
    """A partial index: both databases keep in it only the rows that are looked for."""
    only = text(condition)
    return Index(name, *columns, postgresql_where=only, sqlite_where=only)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

clock = Table(
    "clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("offset_seconds", Float, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("credentials", Text, nullable=False),
    Column("states", Text),
    Column("queues", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)

case_numbers = Table(
    "case_numbers",
    metadata,
    Column("number", BIG, Identity(start=1001), primary_key=True),
    sqlite_autoincrement=True,
)

cases = Table(
    "cases",
    metadata,
    Column("number", BIG, primary_key=True, autoincrement=False),
    Column("id", String(40), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", String(30), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("queue", String(60), nullable=False),
    Column("owner", String(40)),
    Column("due_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("email_index", LargeBinary),
    Column("linked_to", BIG),
    Column("understood", Boolean),
    Column("data_key", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("history_length", Integer, nullable=False),
    Column("history_hash", LargeBinary, nullable=False),
    Index(
        "ix_cases_waiting",
        text("urgent DESC"),
        "due_at",
        "number",
        postgresql_where=text("state = 'new'"),
        sqlite_where=text("state = 'new'"),
    ),
    _only_where("state <> 'closed'", "ix_cases_owner", "owner"),
    Index("ix_cases_email_index", "email_index"),
    Index("ix_cases_linked_to", "linked_to"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", BIG, ForeignKey("cases.number"), nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("owner", String(40)),
    Column("due_at", UtcDateTime, nullable=False),
    Index("ix_tasks_owner", "owner", "due_at"),
)

cards = Table(
    "cards",
    metadata,
    Column("number", BIG, ForeignKey("cases.number"), primary_key=True, autoincrement=False),
    Column("channel", String(40), nullable=False),
    Column("ts", String(40), nullable=False),
    Column("latest_reply", String(40)),
    UniqueConstraint("channel", "ts"),
)

history = Table(
    "history",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("number", BIG, ForeignKey("cases.number"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(40), nullable=False),
    Column("event", String(40), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("number", "place"),
    sqlite_autoincrement=True,
)

seals = Table(
    "seals",
    metadata,
    Column("place", BIG, primary_key=True, autoincrement=False),
    Column("history_id", BIG, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("number", BIG, nullable=False),
    Column("sequence", String(80), nullable=False),
    Column("lane", String(80), nullable=False),
    Column("dedupe_key", String(160)),
    Column("about", String(80)),
    Column("payload", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_token", String(40)),
    Column("lease_until", UtcDateTime),
    Column("receipt", Text),
    Column("last_error", Text),
    Column("finished_at", UtcDateTime),
    Index(
        "uq_deliveries_dedupe_key",
        "dedupe_key",
        unique=True,
        postgresql_where=text("status = 'waiting'"),
        sqlite_where=text("status = 'waiting'"),
    ),
    _only_where(
        "status = 'waiting' AND kind NOT IN ('timer', 'letter', 'alarm', 'warning')",
        "ix_deliveries_slack",
        *("priority", "due_at", "id"),
    ),
    _only_where("status = 'waiting' AND kind = 'letter'", "ix_deliveries_mail", "priority", "due_at", "id"),
    _only_where(
        "status = 'waiting' AND kind IN ('alarm', 'warning')",
        "ix_deliveries_alarm",
        *("priority", "due_at", "id"),
    ),
    _only_where("status = 'waiting' AND kind = 'timer'", "ix_deliveries_timers", "next_try_at", "id"),
    _only_where("status = 'leased'", "ix_deliveries_lease_until", "lease_until"),
    _only_where("status = 'dead'", "ix_deliveries_dead", "id"),
    _only_where("kind = 'letter'", "ix_deliveries_receipt", "receipt"),
    _only_where("status IN ('waiting', 'leased')", "ix_deliveries_sequence", "sequence", "due_at", "id"),
    Index("ix_deliveries_about", "number", "about"),
    sqlite_autoincrement=True,
)

lanes = Table(
    "lanes",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("free_at", UtcDateTime, nullable=False),
    Column("broken", String(80)),
    Column("broken_at", UtcDateTime),
)

inbound = Table(
    "inbound",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("number", BIG, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("lasts", Boolean),
    _only_where("NOT lasts", "ix_inbound_passing", "at"),
)
"""`lasts` is unknown of what a version before this column wrote; that is kept."""

suppressions = Table(
    "suppressions",
    metadata,
    Column("email_index", LargeBinary, primary_key=True),
    Column("reason", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", BIG, ForeignKey("cases.number"), nullable=False, index=True),
    Column("token_digest", LargeBinary, nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("wrong_codes", Integer, nullable=False),
    Column("wait_until", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("unlocked_at", UtcDateTime),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", BIG, ForeignKey("cases.number"), index=True),
    Column("data_key", LargeBinary, nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("staged_at", UtcDateTime, nullable=False),
)
