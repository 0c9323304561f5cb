"""Callers that execute every mutation, query in between, and compare the responses with what was acknowledged."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from soak.asking import Answer, Ask, change, refusal
from soak.ledger import EXISTS, Fact, Person
from soak.recipes import Attempt, Hand, next_attempt
from soak.tally import Tally

CHECKED: Final = 0.3
"""The fraction of writes after which a caller checks what is stored."""
PAUSE_SECONDS: Final = 0.1
"""The pause before an operation without a response is sent again."""
MOST_ATTEMPTS: Final = 600
"""The most attempts for one write. With the pauses and a server that is down, they take some minutes."""

PERSON: Final = """query($id: ID!, $identifier: String!, $keys: [ID!]!) {
  user(by: {userId: $id}) {
    userId name email attributes disabled { reason }
    accounts(first: 100) { nodes { provider providerAccountId tokens { accessToken } } }
    sessions(first: 100) { nodes { token attributes } }
    authenticators(first: 100) { nodes { credentialId counter } }
  }
  verificationTokens(identifier: $identifier) { token }
  nodes(ids: $keys) { ... on ApiKey { id revokedAt } }
}"""
WHO_HAS: Final = """query($email: String!, $account: AccountKey!) {
  byEmail: user(by: {email: $email}) { userId }
  byAccount: user(by: {account: $account}) { userId }
}"""
WHO_IS: Final = "query($token: String!) { user(by: {sessionToken: $token}) { userId } }"


@dataclass(slots=True)
class Caller:
    """One caller, which does one thing after the other."""

    ask: Ask
    hand: Hand
    tally: Tally
    seed: int
    people: list[Person] = field(default_factory=list)
    """All users that the caller created, including deleted ones."""

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Write and check until `is_over`. What was begun is finished."""
        while not is_over():
            await self.write()
            if self.hand.random.random() < CHECKED:
                await self.look(self.hand.person)
            if self.hand.random.random() < CHECKED:
                await self.look_up(self.hand.person)

    async def write(self) -> None:
        """Execute one mutation, again and again until there is a response."""
        attempt = next_attempt(self.hand)
        person = self.hand.person
        if not self.people or self.people[-1] is not person:
            self.people.append(person)
        is_repeated = False
        for _ in range(MOST_ATTEMPTS):
            answer = await self.ask(change(attempt.mutation, attempt.selection), {"input": attempt.given})
            outcome = answer.code or refusal(answer) or "done"
            person.attempts.append(f"{attempt.mutation} {dict(attempt.given)} → {outcome}")
            if answer.is_uncertain:
                person.doubt(attempt.effects)
                is_repeated = True
            elif not answer.is_postponed:
                self._settle(person, attempt, answer, is_repeated=is_repeated)
                return
            await asyncio.sleep(PAUSE_SECONDS)
        self._violate(person, f"{attempt.mutation} was not answered in {MOST_ATTEMPTS} attempts")

    async def look(self, person: Person) -> None:
        """Compare what is stored with what was acknowledged."""
        keys = [fact[1] for fact in person.facts if fact[0] == "key"]
        variables = {"id": person.id, "identifier": f"{person.id}@tokens.example", "keys": keys}
        answer = await self.ask(PERSON, variables)
        if answer.code is not None:
            return
        self.tally.checks += 1
        for fact, possible, found in list(person.compare(facts_of(answer.data))):
            self.tally.lost += 1
            self._violate(person, f"{' '.join(fact)} may be {sorted(possible, key=repr)}, and is {found!r}")
            # Reported once, not with every later check.
            person.known(fact).value = found

    async def look_up(self, person: Person) -> None:
        """Look up a user by values that were acknowledged: their e-mail address, an account, a session."""
        if person.value(*EXISTS) is not True or not person.is_sure(*EXISTS):
            return
        accounts = [fact for fact, known in person.facts.items() if fact[0] == "account" and not known.maybe]
        email, sure_email = person.value("email"), person.is_sure("email")
        if accounts and email is not None and sure_email:
            _, provider, account = fact = self.hand.random.choice(accounts)
            key = {"provider": provider, "providerAccountId": account}
            answer = await self.ask(WHO_HAS, {"email": email, "account": key})
            if answer.code is None:
                self.tally.checks += 1
                self._expect(person, "byEmail", answer, person.id)
                self._expect(person, "byAccount", answer, person.id if person.value(*fact) is not None else None)
        sessions = [fact for fact, known in person.facts.items() if fact[0] == "session" and not known.maybe]
        if sessions and person.is_sure("disabled"):
            fact = self.hand.random.choice(sessions)
            answer = await self.ask(WHO_IS, {"token": fact[1]})
            if answer.code is None:
                self.tally.checks += 1
                is_in = person.value(*fact) is not None and person.value("disabled") is None
                self._expect(person, "user", answer, person.id if is_in else None)

    async def look_at_everybody(self) -> None:
        """The last check, when there are no faults any more."""
        for person in self.people:
            before = self.tally.checks
            for _ in range(MOST_ATTEMPTS):
                await self.look(person)
                if self.tally.checks > before:
                    break
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                self._violate(person, "they cannot be read, though nothing fails any more")
            await self.look_up(person)

    def _expect(self, person: Person, name: str, answer: Answer, wanted: str | None) -> None:
        found = (answer.data[name] or {}).get("userId")
        if found != wanted:
            self.tally.lost += 1
            self._violate(person, f"{name} should find {wanted}, and finds {found}")

    def _settle(self, person: Person, attempt: Attempt, answer: Answer, *, is_repeated: bool) -> None:
        if answer.code is not None:
            # The client has reported the error.
            return
        payload = answer.data["changed"]
        code = refusal(answer)
        is_gone = attempt.needs is not None and code is None and payload[attempt.needs] is None
        if is_repeated and (is_gone or code in attempt.done_already):
            person.settle(attempt.effects)
        elif is_gone:
            self._violate(person, f"{attempt.mutation} found nothing, though what it is about was acknowledged")
        elif code is None:
            self.tally.acknowledged += 1
            person.settle(attempt.effects)
            if attempt.learn is not None:
                attempt.learn(person, payload)
        elif code not in attempt.refusals:
            self._violate(person, f"{attempt.mutation} was refused with {code}: {payload['userErrors']}")

    def _violate(self, person: Person, what: str) -> None:
        steps = "\n    ".join(person.attempts)
        self.tally.violate(f"seed {self.seed}, user {person.id}: {what}. The last attempts:\n    {steps}")


def callers(ask: Ask, tally: Tally, seed: int, count: int) -> list[Caller]:
    """Callers with random numbers and users of their own."""
    made = []
    for number in range(count):
        name = f"{tally.experiment.replace(' ', '-')}-{seed}-{number}"
        made.append(Caller(ask, Hand(name, Random(name), Person(name)), tally, seed))
    return made


def facts_of(data: Mapping[str, Any]) -> dict[Fact, Any]:
    """The facts in a response to `PERSON`."""
    facts: dict[Fact, Any] = {("token", one["token"]): True for one in data["verificationTokens"]}
    facts |= {("key", one["id"]): "revoked" if one["revokedAt"] else "active" for one in data["nodes"] if one}
    user = data["user"]
    if user is None:
        return facts | {EXISTS: False}
    facts |= {
        EXISTS: True,
        ("name",): user["name"],
        ("email",): user["email"],
        ("plan",): user["attributes"].get("plan"),
        ("disabled",): (user["disabled"] or {}).get("reason"),
    }
    for account in user["accounts"]["nodes"]:
        key = ("account", account["provider"], account["providerAccountId"])
        facts[key] = account["tokens"]["accessToken"]
    facts |= {("session", one["token"]): one["attributes"]["device"] for one in user["sessions"]["nodes"]}
    facts |= {("passkey", one["credentialId"]): int(one["counter"]) for one in user["authenticators"]["nodes"]}
    return facts
