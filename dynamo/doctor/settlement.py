"""What happens with a finding: it is mended, has to wait or is left as it is, and is counted.

If two users have the same e-mail address, account or passkey, and neither of them holds its lock, that is found here. A
repair takes the lock for the first user, and finds it taken for the second. An examination that writes nothing notes
which user should hold the lock, by its hash, and then finds that another user was noted before.
"""

import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from dynamo import accounts, email, keys, models, users
from dynamo.client import Table
from dynamo.doctor import kinds
from dynamo.doctor.findings import Finding
from dynamo.doctor.inspection import Looks, has_email
from dynamo.doctor.items import ItemKind
from dynamo.doctor.kinds import Kind
from dynamo.doctor.mending import Outcome, mend, must_wait
from dynamo.doctor.options import Journal, Options
from dynamo.doctor.paced_table import PacedTable
from dynamo.doctor.state import Note, State
from dynamo.partition import is_the_same

ATTEMPTS: Final = 3
DUPLICATES: Final[Mapping[ItemKind, Kind]] = {
    ItemKind.USER: kinds.DUPLICATE_EMAIL,
    ItemKind.ACCOUNT: kinds.DUPLICATE_ACCOUNT,
    ItemKind.AUTHENTICATOR: kinds.DUPLICATE_PASSKEY,
}
CLAIMING: Final = frozenset((kinds.LOCK_MISSING.name, kinds.MIXED_CASE.name, kinds.INDEX_DISAGREES.name))
"""Kinds of findings in which a user does not hold a lock that they should hold."""

Confirm = Callable[[Sequence[Finding]], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Settlement:
    """Settles findings one by one, and returns what to count for each."""

    patient: PacedTable
    options: Options
    state: State
    now: datetime
    journal: Journal
    confirm: Confirm

    async def settle(self, finding: Finding) -> list[Note]:
        """Mend a finding if it is wanted and possible, and return what to count."""
        if finding.rival is not None:
            return await self._duplicate(finding)
        if not finding.kind.mendable:
            return [self._note(finding)]
        waiting = self._must_wait(finding)
        if waiting or not self.options.repair:
            return await self._leave(finding, waiting=waiting)
        if self.options.dry_run:
            self._write_down(finding, "would mend")
            return await self._leave(finding)
        return await self._mend(finding)

    async def _mend(self, finding: Finding) -> list[Note]:
        for _ in range(ATTEMPTS):
            self._write_down(finding, "mending")
            outcome = await self._attempt(finding)
            self._write_down(finding, "mended" if outcome.mended else "left")
            if outcome.mended:
                return [self._note(finding, mended=True)]
            if outcome.taken:
                rival = await self._rival(finding)
                if rival is not None:
                    return await self._duplicate(replace(finding, kind=DUPLICATES[finding.item_kind], rival=rival))
                return [self._note(finding)]
            # The item was changed in the meantime. What is still wrong with it is mended as it is now.
            again = await self.confirm([finding])
            if rivals := [other for other in again if other.rival is not None]:
                return await self._duplicate(rivals[0])
            same = [other for other in again if other.kind is finding.kind]
            if not same:
                return []
            finding = same[0]
        return [self._note(finding)]

    async def _attempt(self, finding: Finding) -> Outcome:
        async def attempt(table: Table) -> Outcome:
            return await mend(table, finding)

        return await self.patient.do(attempt)

    async def _leave(self, finding: Finding, *, waiting: bool = False) -> list[Note]:
        """Count a finding as it is, or as a duplicate if another user was noted for the same lock."""
        if finding.kind.name in CLAIMING and finding.lock is not None and finding.user_id is not None:
            rival = self.state.claim(finding.lock, finding.user_id)
            if rival is not None and await self._has_the_same(finding, rival):
                return await self._duplicate(replace(finding, kind=DUPLICATES[finding.item_kind], rival=rival))
        return [self._note(finding, waiting=waiting)]

    async def _has_the_same(self, finding: Finding, rival: str) -> bool:
        table = self.patient.table
        partition = keys.user(rival)
        sort = partition if finding.item_kind is ItemKind.USER else finding.item[table.sort_key]
        found = await self.patient.read([(partition, sort)], consistent=True)
        theirs = found[partition, sort]
        if theirs is None or finding.item_kind is not ItemKind.USER:
            return theirs is not None and is_the_same(theirs, finding.item)
        return has_email(Looks(table, found), rival, email.normalise(finding.address or ""))

    async def _rival(self, finding: Finding) -> str | None:
        """Another user who has the value that the finding's user would have claimed; None if there is none."""

        async def find(table: Table) -> list[str]:
            if finding.item_kind is ItemKind.USER:
                return [user.user_id for user in await users.find_by_email(table, finding.address or "")]
            if finding.item_kind is ItemKind.ACCOUNT:
                account = models.account(table, finding.item)
                same = await accounts.find_all(table, account.provider, account.provider_account_id)
                return [one.user_id for one in same]
            key = finding.item[table.sort_key]
            return [models.owner(table, item) for item in (await table.query_index(key, key)).items]

        holders = [] if finding.lock is None else [await self._lock_owner(finding.lock)]
        holders += await self.patient.do(find)
        return next((user_id for user_id in holders if user_id not in (None, finding.user_id)), None)

    async def _lock_owner(self, lock: str) -> str | None:
        found = await self.patient.read([(lock, lock)], consistent=True)
        return Looks(self.patient.table, found).lock_owner(lock)

    def _must_wait(self, finding: Finding) -> bool:
        if finding.kind is kinds.ORPHAN and finding.user_id is not None:
            return self.now - self.state.orphan_since(finding.user_id, self.now) < self.options.orphan_age
        return must_wait(finding, self.now)

    async def _duplicate(self, finding: Finding) -> list[Note]:
        """Count several users with the same value as one finding, whichever of them is found first."""
        example = self._example(finding)
        if finding.kind is not kinds.DUPLICATE_SESSION:
            owner = None if finding.lock is None else await self._lock_owner(finding.lock)
            # Every run proposes the same: to keep the user who holds the lock, or the first of the two ids.
            both = sorted((finding.rival or "", finding.user_id or ""), key=lambda user_id: (user_id != owner, user_id))
            example["proposal"] = _merge(*both)
        return [Note(finding.kind, example, group=f"{finding.kind.name} {finding.lock}")]

    def _note(self, finding: Finding, *, mended: bool = False, waiting: bool = False) -> Note:
        example = self._example(finding)
        into = finding.item.get("mergingInto")
        if finding.kind is kinds.UNFINISHED_MERGE and isinstance(into, str):
            example["proposal"] = _merge(into, finding.user_id or "")
        return Note(finding.kind, example, mended, waiting)

    def _example(self, finding: Finding) -> dict[str, Any]:
        shown: dict[str, Any] = dict(finding.example)
        if self.options.addresses and finding.address is not None:
            shown["address"] = finding.address
        return shown

    def _write_down(self, finding: Finding, event: str) -> None:
        self.journal(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "event": event,
                "kind": finding.kind.name,
                **self._example(finding),
                "does": finding.kind.mending,
            }
        )


def _merge(keep: str, lose: str) -> str:
    """The shell command that merges two users. The ids are quoted, because an id may contain anything."""
    return f"python server.py doctor merge -- {shlex.quote(keep)} {shlex.quote(lose)}"
