"""What the rows of a file claim: ids, e-mail addresses, accounts, passkeys, session tokens. Of two rows that claim the
same, the first one counts."""

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b

import orjson


class Claims:
    """The claims of a file, by the line that made each: hashes in a temporary file, so that memory does not grow."""

    def __init__(self) -> None:
        # An empty name is a database on disk that nobody else sees, and that is gone when it is closed.
        self._db = sqlite3.connect("")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("CREATE TABLE claims (name BLOB PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID")

    def make(self, names: Iterable[tuple[str, ...]], line: int) -> tuple[str, int] | None:
        """Claim names for a line. If another line has one of them, returns what kind of name and the line, and claims
        none."""
        digests = [(name[0], blake2b(orjson.dumps(name), digest_size=16).digest()) for name in names]
        for kind, digest in digests:
            row = self._db.execute("SELECT line FROM claims WHERE name = ?", (digest,)).fetchone()
            if row is not None:
                return kind, row[0]
        self._db.executemany("INSERT INTO claims VALUES (?, ?)", [(digest, line) for _, digest in digests])
        return None

    def close(self) -> None:
        """Let the temporary file go."""
        self._db.close()
