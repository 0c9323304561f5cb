"""Fifty callers use a few objects at the same time. Their responses are recorded, and must be explained by one
order."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final, Protocol

from soak.asking import Answer, Ask, change, refusal
from soak.linearizability import UNKNOWN, Finding, Operation, Specification, Unknown, Verdict, check
from soak.specifications import DELETE_STEPS, DONE, REFUSALS, Account, Emails, Token, User

REFUSED: Final = (*REFUSALS, False)
CALLERS: Final = 50
OPERATIONS: Final = 3
"""The number of operations of each caller in a round."""
EXPIRES: Final = "2037-01-01T00:00:00.000Z"

USER: Final = "query($by: UserBy!) { user(by: $by) { userId name } }"
ACCOUNT: Final = "query($by: AccountBy!) { account(by: $by) { userId } }"
TOKENS: Final = "query($identifier: String!) { verificationTokens(identifier: $identifier) { token } }"


class Unanswered(Exception):
    """A mutation that must succeed was rejected, or got no response again and again."""


_CALLER: ContextVar[int] = ContextVar("caller", default=0)


@dataclass(slots=True)
class Recorder:
    """Sends operations, and records the history of one object."""

    ask: Ask
    history: list[Operation] = field(default_factory=list)

    async def change(
        self,
        name: str,
        argument: Any,
        mutation: str,
        given: Mapping[str, Any],
        selection: str = "__typename",
        done: Callable[[Mapping[str, Any]], Any] = lambda _: DONE,
    ) -> None:
        """Execute a mutation and record its outcome: the code of its rejection, or what `done` reads from its
        payload."""

        def outcome(answer: Answer) -> Any:
            return refusal(answer) or done(answer.data["changed"])

        await self._send(name, argument, change(mutation, selection), {"input": given}, outcome)

    async def look(
        self, document: str, variables: Mapping[str, Any], argument: Any, found: Callable[[Answer], Any]
    ) -> None:
        """Query and record the result. A query that failed says nothing, so it is not recorded."""
        await self._send("read", argument, document, variables, found)

    async def _send(
        self,
        name: str,
        argument: Any,
        document: str,
        variables: Mapping[str, Any],
        outcome: Callable[[Answer], Any],
    ) -> None:
        began = time.monotonic()
        answer = await self.ask(document, variables)
        ended = time.monotonic()
        if answer.code is None:
            self.history.append(Operation(name, argument, outcome(answer), began, ended, _CALLER.get()))
        elif name != "read" and not answer.is_postponed:
            self.history.append(Operation(name, argument, UNKNOWN, began, caller=_CALLER.get()))


class Contended(Protocol):
    """An object that several callers use at the same time."""

    recorder: Recorder
    specification: Specification
    name: str

    async def use(self, random: Random) -> None:
        """Execute one random operation on it."""


@dataclass(slots=True)
class ContendedUser:
    """A user id with which users are created, renamed, deleted and looked up."""

    name: str
    recorder: Recorder
    specification: Specification = field(default_factory=User)

    async def use(self, random: Random) -> None:
        """Deletes are as frequent as renames; creates and queries are twice as frequent."""
        value = f"name-{random.randrange(10**6)}"
        match random.choice(("create", "create", "rename", "delete", "read", "read")):
            case "create":
                await self.recorder.change("create", value, "createUser", {"userId": self.name, "name": value})
            case "rename":
                await self.recorder.change("rename", value, "updateUser", {"by": {"userId": self.name}, "name": value})
            case "delete":
                await self._delete()
            case _:
                await self.recorder.look(
                    USER, {"by": {"userId": self.name}}, None, lambda answer: (answer.data["user"] or {}).get("name")
                )

    async def _delete(self) -> None:
        """Record each step of a deletion as an operation. They have the time and the outcome of the whole."""
        own = Recorder(self.recorder.ask)
        await own.change("delete", None, "deleteUser", {"by": {"userId": self.name}})
        self.recorder.history += [replace(whole, name=step) for whole in own.history for step in DELETE_STEPS]


@dataclass(slots=True)
class ContendedAccount:
    """An account at a provider that several users link."""

    name: str
    recorder: Recorder
    users: tuple[str, ...]
    specification: Specification = field(default_factory=Account)

    async def use(self, random: Random) -> None:
        """Link it to one of the users, unlink it, or query its user."""
        key = {"provider": "contended", "providerAccountId": self.name}
        match random.choice(("link", "unlink", "read")):
            case "link":
                user = random.choice(self.users)
                await self.recorder.change(
                    "link", user, "linkAccount", {"user": {"userId": user}, "type": "oauth", **key}
                )
            case "unlink":
                given = {"by": {"account": key}, "force": True}
                await self.recorder.change(
                    "unlink",
                    None,
                    "unlinkAccount",
                    given,
                    "account { userId }",
                    lambda payload: payload["account"]["userId"],
                )
            case _:
                await self.recorder.look(
                    ACCOUNT,
                    {"by": {"account": key}},
                    None,
                    lambda answer: (answer.data["account"] or {}).get("userId"),
                )


@dataclass(slots=True)
class ContendedToken:
    """A verification token that several callers use."""

    name: str
    recorder: Recorder
    specification: Specification = field(default_factory=Token)

    async def use(self, random: Random) -> None:
        """Store it, use it, delete it, or query whether it exists."""
        match random.choice(("store", "use", "use", "withdraw", "read")):
            case "store":
                await self.store()
            case "use":
                await self.take()
            case "withdraw":
                await self.recorder.change("withdraw", None, "deleteVerificationTokens", self._identifier)
            case _:
                await self.recorder.look(
                    TOKENS, self._identifier, None, lambda answer: bool(answer.data["verificationTokens"])
                )

    async def store(self) -> None:
        """Store it, in place of the same token if there is one."""
        given = {**self._token, "expires": EXPIRES}
        await self.recorder.change("store", None, "createVerificationToken", given)

    async def take(self) -> None:
        """Use it, and record whether this caller got it."""
        await self.recorder.change(
            "use",
            None,
            "useVerificationToken",
            self._token,
            "verificationToken { token }",
            lambda payload: payload["verificationToken"] is not None,
        )

    @property
    def _identifier(self) -> dict[str, str]:
        return {"identifier": f"{self.name}@example.com"}

    @property
    def _token(self) -> dict[str, str]:
        return {**self._identifier, "token": self.name}


@dataclass(slots=True)
class ContendedEmails:
    """Two e-mail addresses that three users want."""

    name: str
    recorder: Recorder
    users: tuple[str, ...]
    specification: Specification = field(default_factory=Emails)

    async def use(self, random: Random) -> None:
        """Give a user one of the addresses, remove theirs, or query who has one."""
        user = random.choice(self.users)
        email = f"{self.name}-{random.randrange(2)}@example.com"
        match random.choice(("set", "set", "clear", "read")):
            case "set":
                await self.recorder.change("set", (user, email), "updateUser", {"by": {"userId": user}, "email": email})
            case "clear":
                await self.recorder.change("clear", (user, None), "updateUser", {"by": {"userId": user}, "email": None})
            case _:
                await self.recorder.look(
                    USER,
                    {"by": {"email": email}},
                    (None, email),
                    lambda answer: (answer.data["user"] or {}).get("userId"),
                )


@dataclass(frozen=True, slots=True)
class Round:
    """The objects of one round, each with its finding."""

    histories: Mapping[str, tuple[Contended, Finding]]

    @property
    def operations(self) -> int:
        """How many operations were recorded."""
        return sum(len(one.recorder.history) for one, _ in self.histories.values())

    @property
    def acknowledged(self) -> int:
        """How many mutations were acknowledged."""
        return sum(
            operation.name != "read" and not isinstance(operation.answer, Unknown) and operation.answer not in REFUSED
            for one, _ in self.histories.values()
            for operation in one.recorder.history
        )

    @property
    def unknown(self) -> int:
        """How many operations have an unknown outcome."""
        return sum(
            isinstance(operation.answer, Unknown)
            for one, _ in self.histories.values()
            for operation in one.recorder.history
        )

    def with_verdict(self, verdict: Verdict) -> Mapping[str, Finding]:
        """The objects with a given verdict."""
        return {name: found for name, (_, found) in self.histories.items() if found.verdict is verdict}


async def play(
    ask: Ask, seed: int, number: int, *, callers: int = CALLERS, operations: int = OPERATIONS
) -> Mapping[str, Contended]:
    """One round: new objects, and all callers at the same time. The seed decides what they do."""
    name = f"round-{seed}-{number}"
    users = tuple(f"{name}-owner-{place}" for place in range(3))
    for user in users:
        await certainly(ask, "createUser", {"userId": user}, also="TAKEN")
    objects: list[Contended] = [
        *(ContendedUser(f"{name}-user-{place}", Recorder(ask)) for place in range(2)),
        *(ContendedAccount(f"{name}-account-{place}", Recorder(ask), users) for place in range(2)),
        *(ContendedToken(f"{name}-token-{place}", Recorder(ask)) for place in range(2)),
        ContendedEmails(f"{name}-emails", Recorder(ask), users),
    ]

    async def call(place: int) -> None:
        _CALLER.set(place)
        random = Random(f"{seed} {number} {place}")
        for _ in range(operations):
            await random.choice(objects).use(random)

    await asyncio.gather(*(call(place) for place in range(callers)))
    return {one.name: one for one in objects}


def judged(objects: Mapping[str, Contended]) -> Round:
    """Check the history of each object. This takes much processor time."""
    return Round({name: (one, check(one.recorder.history, one.specification)) for name, one in objects.items()})


async def clear(ask: Ask, objects: Mapping[str, Contended]) -> None:
    """Finish deletions that were interrupted. Other objects of the round may stay."""
    for name, one in objects.items():
        if isinstance(one, ContendedUser):
            await certainly(ask, "deleteUser", {"by": {"userId": name}})


async def certainly(
    ask: Ask,
    mutation: str,
    given: Mapping[str, Any],
    *,
    also: str | None = None,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    attempts: int = 100,
) -> Answer:
    """Execute a mutation, again and again until it is acknowledged. `also` is a rejection that counts as success."""
    for _ in range(attempts):
        answer = await ask(change(mutation), {"input": given})
        if answer.code is None and refusal(answer) in (None, also):
            return answer
        if not (answer.is_uncertain or answer.is_postponed):
            raise Unanswered(f"{mutation} of {given} was answered with {answer}")
        await pause(0.2)
    raise Unanswered(f"{mutation} of {given} was not answered in {attempts} attempts")
