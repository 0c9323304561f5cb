"""Random valid documents over a schema, with variables, for tests of every operation.

A document has fields and aliases, fragments with and without names, on the type itself, on its interface and on members
of it, `@skip` and `@include`, arguments as literals and as variables with and without defaults, and the same field
several times. It always passes validation. The objects that it selects need not exist, and a few arguments must be
rejected by every server.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

T = TypeVar("T")
Composite = GraphQLObjectType | GraphQLInterfaceType
Given = GraphQLArgument | GraphQLInputField
Pool = Mapping[str, Sequence[Any]]
"""Meaningful values, by the name of the argument or input field that takes them (`id`, `email`, …)."""

MOST_FIELDS = 40
WRONG: Mapping[str, Sequence[Any]] = {
    "String": ("", "no such thing", "ä\u0000#", "x" * 50),
    "ID": ("", "bm90LWFuLWlk", "no-such-id", "7"),
    "Int": (-1, 0, 101),
    "Boolean": (True,),
    "BigInt": (0, -1, "9007199254740993"),
    "DateTime": ("1999-12-31T23:59:59.999Z",),
    "JSON": (None, [1, "two"], "text"),
}
USUAL: Mapping[str, Sequence[Any]] = {
    "String": ("a text", "ada"),
    "ID": ("7",),
    "Int": (1, 2, 3, 10, 50, 100),
    "Boolean": (True, False),
    "BigInt": (1, 1_700_000_000, "12"),
    "DateTime": ("2033-05-18T03:33:20.000Z", "2033-05-18T05:33:20+02:00"),
    "JSON": ({"theme": "dark", "tags": ["a", "b"]}, {}),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document and the variables to send with it."""

    text: str
    variables: dict[str, Any]


def documents(
    schema: GraphQLSchema,
    pool: Pool,
    *,
    max_depth: int = 6,
    mutations: bool = False,
    allows: Callable[[GraphQLField], bool] = lambda _: True,
    wrong: bool = True,
) -> SearchStrategy[Drawn]:
    """Draw documents of one operation, only with fields for which `allows` holds. Arguments are valid unless `wrong`
    is set.

    Hypothesis draws a seed, and the document follows from it. To draw a hundred choices one by one would take longer
    than most documents take to execute, and would only help to shrink them.
    """

    ambiguous = _ambiguous(schema)

    @st.composite
    def drawn(draw: DrawFn) -> Drawn:
        random = Random(draw(st.binary(min_size=8, max_size=8)))
        return _Author(schema, pool, random, allows, wrong, ambiguous).document(max_depth, mutation=mutations)

    return drawn()


@dataclass(frozen=True, slots=True)
class _Fragment:
    name: str
    on: Composite
    depth: int
    text: str


@dataclass(slots=True)
class _Author:
    schema: GraphQLSchema
    pool: Pool
    random: Random
    allows: Callable[[GraphQLField], bool]
    wrong: bool
    ambiguous: frozenset[str]
    left: int = MOST_FIELDS
    arguments: dict[tuple[str, str], str] = field(default_factory=dict)
    """The arguments of the field with a response key on a type: the same everywhere, so that fields can be merged."""
    fragments: list[_Fragment] = field(default_factory=list)
    declarations: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)

    def document(self, depth: int, *, mutation: bool) -> Drawn:
        root = self.schema.mutation_type if mutation else self.schema.query_type
        assert root is not None
        selections = self.selections(root, depth, shared=False)
        name = self.pick(["", " Drawn"])
        declared = f"({', '.join(self.declarations)})" if self.declarations else ""
        operation = f"{'mutation' if mutation else 'query'}{name}{declared} {selections}"
        parts = [operation, *(fragment.text for fragment in self.fragments)]
        return Drawn("\n".join(parts), self.variables)

    def selections(self, parent: Composite, depth: int, *, shared: bool) -> str:
        """A selection set. `shared` says that its fields may be merged with those of another type."""
        wanted = self.random.randint(1, 4)
        return "{ " + " ".join(self.selection(parent, depth, shared=shared) for _ in range(wanted)) + " }"

    def selection(self, parent: Composite, depth: int, *, shared: bool) -> str:
        kind = self.pick(("field",) * 7 + ("inline", "inline", "named"))
        if self.left <= 0 or parent is self.schema.mutation_type:
            kind = "field"
        if kind == "inline" or (kind == "field" and isinstance(parent, GraphQLInterfaceType) and self.chance(3)):
            return self.inline(parent, depth, shared=shared)
        return self.spread(parent, depth) if kind == "named" else self.field(parent, depth, shared=shared)

    def inline(self, parent: Composite, depth: int, *, shared: bool) -> str:
        on = self.pick([None, *self.neighbours(parent)])
        condition = "" if on is None else f" on {on.name}"
        below = self.selections(on or parent, depth, shared=shared or isinstance(on or parent, GraphQLInterfaceType))
        return f"...{condition}{self.directive()} {below}"

    def spread(self, parent: Composite, depth: int) -> str:
        fitting = self.neighbours(parent)
        known = [fragment for fragment in self.fragments if fragment.on in fitting and fragment.depth <= depth]
        if known and self.chance(2):
            return f"...{self.pick(known).name}{self.directive()}"
        on = self.pick(fitting)
        below = self.selections(on, depth, shared=True)
        fragment_name = f"{on.name}{len(self.fragments)}"
        text = f"fragment {fragment_name} on {on.name} {below}"
        self.fragments.append(_Fragment(fragment_name, on, depth, text))
        return f"...{fragment_name}{self.directive()}"

    def field(self, parent: Composite, depth: int, *, shared: bool) -> str:
        self.left -= 1
        deep = depth > 1 and self.left > 0
        names = [
            name
            for name, definition in parent.fields.items()
            if self.allows(definition) and (deep or not _has_fields(definition))
        ]
        # Fields with a selection set, especially lists, are the most interesting ones, so they are drawn more often.
        names += [name for name in names if _has_fields(parent.fields[name])] * 2
        names += [name for name in names if "first" in parent.fields[name].args]
        name = self.pick(["__typename", *names] if not names or self.chance(8) else names)
        if name == "__typename":
            return f"__typename{self.directive()}"
        definition = parent.fields[name]
        key = name
        if self.chance(5) or (shared and name in self.ambiguous):
            key = f"{self.pick(['a', 'b'])}_{parent.name}_{name}"
        given = self.arguments.get((parent.name, key))
        if given is None:
            given = self.arguments[parent.name, key] = self.given(definition.args)
        text = f"{key}: {name}{given}" if key != name else f"{name}{given}"
        text += self.directive()
        below = get_named_type(definition.type)
        if isinstance(below, GraphQLObjectType | GraphQLInterfaceType):
            text += " " + self.selections(below, depth - 1, shared=isinstance(below, GraphQLInterfaceType))
        return text

    def neighbours(self, parent: Composite) -> list[Composite]:
        """The types that a fragment in a selection set of `parent` may have."""
        if isinstance(parent, GraphQLInterfaceType):
            return [parent, *self.schema.get_possible_types(parent)]
        return [parent, *parent.interfaces]

    def directive(self) -> str:
        if not self.chance(10):
            return ""
        name = self.pick(["skip", "include"])
        return f" @{name}(if: {self.value(GraphQLNonNull(self.schema.type_map['Boolean']), 'if')})"

    def given(self, arguments: Mapping[str, GraphQLArgument]) -> str:
        """Arguments in parentheses. Optional ones are omitted now and then."""
        chosen = [
            f"{name}: {self.value(argument.type, name, optional=argument.default_value is not Undefined)}"
            for name, argument in arguments.items()
            if _is_required(argument) or self.chance(2)
        ]
        return f"({', '.join(chosen)})" if chosen else ""

    def value(self, type_: Any, name: str, *, optional: bool = False, strict: bool = False) -> str:
        """A literal or a variable for a place of this type: with a value, null, or omitted.

        `optional` says that the place has a default, `strict` that a nullable variable is not allowed.
        """
        if self.chance(2):
            return self.written(type_, name)
        value = self.json(type_, name)
        variable = f"v{len(self.declarations)}"
        declared = str(type_)
        default = ""
        if self.chance(3):
            default = f" = {self.literal(type_, value)}"
            value = self.json(type_, name) if self.chance(2) else value
        may_weaken = not strict and (optional or (default and default != " = null"))
        if declared.endswith("!") and may_weaken and self.chance(2):
            # A place with a default allows a variable that may be omitted, and every place allows one with a default.
            declared = declared[:-1]
        nullable = not declared.endswith("!")
        self.declarations.append(f"${variable}: {declared}{default}")
        if nullable and self.chance(4):
            self.variables[variable] = None
        elif not (nullable or default) or self.chance(2):
            self.variables[variable] = value
        return f"${variable}"

    def written(self, type_: Any, name: str) -> str:
        """A literal whose members of lists and objects may be variables."""
        if isinstance(type_, GraphQLNonNull):
            return self.not_null(type_.of_type, name)
        return "null" if self.chance(8) else self.not_null(type_, name)

    def not_null(self, type_: Any, name: str) -> str:
        if isinstance(type_, GraphQLList):
            return "[" + ", ".join(self.value(type_.of_type, name) for _ in range(self.random.randint(0, 4))) + "]"
        if not isinstance(type_, GraphQLInputObjectType):
            return self.literal(type_, self.json(type_, name))
        if type_.is_one_of:
            member = self.pick(list(type_.fields))
            return _braces({member: self.value(GraphQLNonNull(type_.fields[member].type), member, strict=True)})
        return _braces(
            {
                member: self.value(definition.type, member, optional=definition.default_value is not Undefined)
                for member, definition in type_.fields.items()
                if _is_required(definition) or self.chance(2)
            }
        )

    def json(self, type_: Any, name: str) -> Any:
        """A value in the form in which `variables` contain it."""
        if isinstance(type_, GraphQLNonNull):
            return self.json(type_.of_type, name)
        if isinstance(type_, GraphQLList):
            return [self.json(type_.of_type, name) for _ in range(self.random.randint(0, 4))]
        if isinstance(type_, GraphQLInputObjectType):
            return self.object(type_)
        if isinstance(type_, GraphQLEnumType):
            return self.pick(list(type_.values))
        if self.wrong and self.chance(15):
            return self.pick(WRONG[type_.name])
        return self.pick(self.pool.get(name) or USUAL[type_.name])

    def object(self, type_: GraphQLInputObjectType) -> dict[str, Any]:
        if type_.is_one_of:
            name = self.pick(list(type_.fields))
            return {name: self.json(type_.fields[name].type, name)}
        return {
            name: self.json(member.type, name)
            for name, member in type_.fields.items()
            if _is_required(member) or self.chance(2)
        }

    def literal(self, type_: Any, value: Any) -> str:
        """A value in the form in which documents contain it."""
        if isinstance(type_, GraphQLNonNull):
            return self.literal(type_.of_type, value)
        if isinstance(type_, GraphQLList):
            return "[" + ", ".join(self.literal(type_.of_type, item) for item in value) + "]"
        if isinstance(type_, GraphQLInputObjectType):
            return _braces({name: self.literal(type_.fields[name].type, item) for name, item in value.items()})
        return str(value) if isinstance(type_, GraphQLEnumType) else _plain(value)

    def pick(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)

    def chance(self, one_in: int) -> bool:
        """True once in so many draws."""
        return self.random.randrange(one_in) == 0


def _ambiguous(schema: GraphQLSchema) -> frozenset[str]:
    """Names of fields with different types on the members of one interface, which cannot be selected together."""
    found = set()
    for interface in schema.type_map.values():
        if isinstance(interface, GraphQLInterfaceType):
            seen: dict[str, str] = {}
            for member in schema.get_possible_types(interface):
                for name, definition in member.fields.items():
                    if seen.setdefault(name, str(definition.type)) != str(definition.type):
                        found.add(name)
    return frozenset(found)


def _has_fields(definition: GraphQLField) -> bool:
    named: GraphQLNamedType = get_named_type(definition.type)
    return isinstance(named, GraphQLObjectType | GraphQLInterfaceType)


def _is_required(given: Given) -> bool:
    return isinstance(given.type, GraphQLNonNull) and given.default_value is Undefined


def _plain(value: Any) -> str:
    """A JSON value as a literal of GraphQL, without quotes around the names in objects."""
    if isinstance(value, dict):
        return _braces({name: _plain(item) for name, item in value.items()})
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return json.dumps(value)


def _braces(members: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in members.items()) + "}"
