"""The random documents of other tests are valid, and as various as they claim."""

import re
from collections import Counter

from graphql import parse, validate
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from execution.document import RULES
from schema.build import GRAPHQL_SCHEMA
from tests.documents import Drawn, documents

POOL = {"id": ["some-id"], "ids": ["some-id"], "email": ["ada@example.com"]}
EVERYTHING = {
    "a fragment on a type": r"\.\.\. on \w",
    "a fragment without a type": r"\.\.\. {",
    "a named fragment": r"fragment \w+ on",
    "skip": "@skip",
    "include": "@include",
    "an alias": "a_Query_",
    "a variable": r"\$v0",
    "a default": r"\$v\d+: \S+ = ",
    "a literal null": r"\w: null",
    "a variable in a list": r"\[[^\]]*\$v\d+[^:]*\]",
    "a variable in an object": r"{\w+: \$v",
    "a page size": "first: ",
    "a list of ids": "ids: ",
    "an object": r"by: {",
}
each = settings(
    max_examples=60,
    phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow,),
)


@each
@given(st.one_of(documents(GRAPHQL_SCHEMA, POOL), documents(GRAPHQL_SCHEMA, POOL, mutations=True)))
def test_every_drawn_document_is_valid(drawn: Drawn) -> None:
    assert validate(GRAPHQL_SCHEMA, parse(drawn.text), RULES) == [], drawn.text


def test_documents_hold_everything_that_a_document_may_hold() -> None:
    seen: Counter[str] = Counter()
    fates: Counter[str] = Counter()

    @settings(each, max_examples=250)
    @given(documents(GRAPHQL_SCHEMA, POOL))
    def look(drawn: Drawn) -> None:
        seen.update(name for name, pattern in EVERYTHING.items() if re.search(pattern, drawn.text))
        for variable in re.findall(r"\$(v\d+): ", drawn.text):
            fates["absent" if variable not in drawn.variables else str(drawn.variables[variable] is None)] += 1

    look()
    assert EVERYTHING.keys() == seen.keys()
    assert min(fates[fate] for fate in ("absent", "True", "False")) > 15
