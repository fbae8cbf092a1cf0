"""Where everything is kept: one store over SQLite or PostgreSQL, and a folder of encrypted files."""
