"""The size of everything that a client sends, checked before anything else looks at it.

The maximum of a text is declared in `schema` with its argument or input field. A list has a maximum of its own, and an
object the fields of its type. This is the only place that checks values against them. An operation is searched once for
literals and for the places of its variables. Each request then only needs its variables measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import islice
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    ValueNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)

from dynamo import unicode_text
from execution.request import GraphQLRequest
from schema.internals import metadata_of
from schema.maxima import JSON_VALUES, KEY, MOST

Path = tuple[str, ...]
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
NullableInputType = GraphQLScalarType | GraphQLEnumType | GraphQLInputObjectType | GraphQLList[Any]
Variables = Mapping[str, Any]

MAX_DOCUMENT_BYTES: Final = 128 * 1024
MAX_DOCUMENT_LINES: Final = 2000
"""The most lines of a document: to find the line of an error, graphql-core counts all line breaks before it."""
MAX_NAME_BYTES: Final = 1024
MAX_LIST_LENGTH: Final = 1000
"""The most members of any list. Resolvers check the maximum of their argument."""
MOST_OF_A_LIST: Final = 20
"""The most texts of one list that are reported, because a list can hold a thousand."""
TEXTS: Final = frozenset(("String", "ID"))
JSON: Final = frozenset(("JSON", "_Any"))
"""Scalars that take any JSON value."""
SHORT: Final = frozenset((type(None), bool, int, float))
"""JSON values that are never too large."""
META_FIELDS: Final = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass(frozen=True, slots=True)
class Excess:
    """A text that is too long, or a JSON value that is too large."""

    field: str
    """The response key of the field whose argument contains it."""
    path: Path
    """Its path from the field's arguments on."""
    reason: str
    is_input: bool
    """Whether it is in a mutation's `input`, so that the payload reports it."""

    @property
    def argument(self) -> str:
        """Its name in a message to the client."""
        return f"`{'.'.join(self.path) or 'input'}` of `{self.field}`"


@dataclass(frozen=True, slots=True)
class _Place:
    """An argument, or a part of one, that has a maximum."""

    field: str
    path: Path
    is_input: bool
    type: NullableInputType
    """The type without its non-null wrapper."""
    most: int
    members: dict[str, "_Place"] = dataclass_field(default_factory=dict, compare=False)
    """The places of the fields of an input object, made when they are needed."""

    def at(self, name: str, type_: GraphQLInputType, most: int) -> "_Place":
        return _Place(self.field, (*self.path, name), self.is_input, _nullable(type_), most)

    def of_member(self, name: str, declared: GraphQLInputField) -> "_Place":
        """The place of a field of an input object."""
        place = self.members.get(name)
        if place is None:
            place = self.members[name] = self.at(name, declared.type, _most(declared))
        return place

    def fits(self, value: Any) -> bool:
        """Whether a value is small for certain: an object of short texts and numbers, as nearly all inputs are."""
        if type(value) is not dict or not isinstance(self.type, GraphQLInputObjectType):
            return value is None
        fields, places = self.type.fields, self.members
        if len(value) > len(fields):
            return False
        for name, member in value.items():
            place = places.get(name)
            if place is None:
                if name not in fields:
                    return False
                place = self.of_member(name, fields[name])
            if type(member) is str:
                if not unicode_text.fits(member, place.most):
                    return False
            elif type(member) not in SHORT and not place.fits(member):
                return False
        return True

    def excesses(self, value: Any) -> Iterator[Excess]:
        """The parts of a JSON value that are larger than allowed."""
        type_ = self.type
        match type_:
            case GraphQLList() if isinstance(value, list) and len(value) > MAX_LIST_LENGTH:
                yield Excess(self.field, self.path, f"has more than {MAX_LIST_LENGTH:,} members.", is_input=False)
            case GraphQLList(of_type=item) if getattr(get_named_type(item), "name", None) in TEXTS:
                yield from islice(self._long_texts(item, value), MOST_OF_A_LIST)
            case GraphQLList(of_type=item):
                for number, member in enumerate(value if isinstance(value, list) else [value]):
                    yield from self.at(str(number), item, self.most).excesses(member)
            case GraphQLInputObjectType(fields=fields) if isinstance(value, Mapping) and len(value) > len(fields):
                # graphql-core compares an unknown field with all of them.
                yield Excess(self.field, self.path, f"has more than {len(fields)} fields.", is_input=False)
            case GraphQLInputObjectType(fields=fields) if isinstance(value, Mapping):
                for name, member in value.items():
                    if name in fields:
                        yield from self.of_member(name, fields[name]).excesses(member)
                    elif not _fits(name, KEY):
                        yield Excess(self.field, self.path, f"has a field of more than {KEY} bytes.", is_input=False)
            case _:
                is_json = type_.name in JSON
                reason = _reason(value, self.most, is_json=is_json)
                if reason is not None:
                    # Such a long text is no valid date, number or name, and coercing it would take long.
                    yield Excess(self.field, self.path, reason, self.is_input and (is_json or type_.name in TEXTS))

    def _long_texts(self, item: GraphQLInputType, value: Any) -> Iterator[Excess]:
        """The texts of a list that are too long."""
        for number, member in enumerate(value if isinstance(value, list) else [value]):
            if type(member) is not str or not _fits(member, self.most):
                yield from self.at(str(number), item, self.most).excesses(member)


class Texts:
    """The texts of one operation that have to be measured."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._mutates = operation.operation is OperationType.MUTATION
        self._seen: set[tuple[str, bool]] = set()
        self._literal: list[Excess] = []
        self._texts: list[tuple[str, _Place]] = []
        """Variables that are a scalar or a list of texts, as most are."""
        self._variables: list[tuple[str, _Place]] = []
        self._mixed: list[tuple[ValueNode, _Place]] = []
        """JSON literals that contain variables."""
        self._defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        }
        root = schema.get_root_type(operation.operation)
        if root is not None:
            self._look_through(operation.selection_set, root, at_root=True)

    def excesses(self, variables: Variables) -> list[Excess]:
        """All texts that are too long, those of the document first."""
        given = {**self._defaults, **variables} if self._defaults else variables
        return [] if self._fit(given) else list(self._all(given))

    def _fit(self, given: Variables) -> bool:
        """Whether all texts are short enough for certain."""
        if self._literal or self._mixed:
            return False
        for name, place in self._texts:
            if not _fit(given.get(name), place.most):
                return False
        for name, place in self._variables:  # noqa: SIM110 - a generator takes longer than all the rest
            if not place.fits(given.get(name)):
                return False
        return True

    def _all(self, variables: Variables) -> Iterator[Excess]:
        yield from self._literal
        for name, place in self._texts + self._variables:
            yield from place.excesses(variables.get(name))
        for node, place in self._mixed:
            yield from place.excesses(value_from_ast_untyped(node, dict(variables)))

    def _look_through(self, selections: SelectionSetNode, parent: Composite, *, at_root: bool) -> None:
        for selection in selections.selections:
            match selection:
                case FieldNode():
                    self._field(selection, parent, at_root=at_root)
                case InlineFragmentNode(type_condition=condition, selection_set=below):
                    on = parent if condition is None else self._type(condition.name.value)
                    self._look_through(below, on, at_root=at_root)
                case FragmentSpreadNode(name=name) if (name.value, at_root) not in self._seen:
                    self._seen.add((name.value, at_root))
                    fragment = self._fragments[name.value]
                    on = self._type(fragment.type_condition.name.value)
                    self._look_through(fragment.selection_set, on, at_root=at_root)

    def _field(self, node: FieldNode, parent: Composite, *, at_root: bool) -> None:
        name = node.name.value
        fields = {} if isinstance(parent, GraphQLUnionType) else parent.fields
        definition: GraphQLField | None = META_FIELDS.get(name) or fields.get(name)
        if definition is None:  # `__typename`
            return
        field = (node.alias or node.name).value
        for given in node.arguments or ():
            argument = definition.args[given.name.value]
            is_input = at_root and self._mutates and given.name.value == "input"
            # The path in a payload's errors begins within `input`.
            path = () if is_input else (given.name.value,)
            self._value(given.value, _Place(field, path, is_input, _nullable(argument.type), _most(argument)))
        below = get_named_type(definition.type)
        if node.selection_set is not None and isinstance(below, Composite):
            self._look_through(node.selection_set, below, at_root=False)

    def _value(self, node: ValueNode, place: _Place) -> None:
        """Measure a literal, and remember the places of variables."""
        type_ = place.type
        named = get_named_type(type_)
        match node:
            case VariableNode(name=variable):
                is_scalar = type_ is named and named.name not in JSON and not isinstance(named, GraphQLInputObjectType)
                is_list = isinstance(type_, GraphQLList) and named.name in TEXTS
                (self._texts if is_scalar or is_list else self._variables).append((variable.value, place))
            case ListValueNode(values=values) if isinstance(type_, GraphQLList):
                for number, member in enumerate(values):
                    self._value(member, place.at(str(number), type_.of_type, place.most))
            case ObjectValueNode(fields=members) if isinstance(named, GraphQLInputObjectType):
                for member_node in members:
                    name = member_node.name.value
                    self._value(member_node.value, place.of_member(name, named.fields[name]))
            case _ if named.name in TEXTS or named.name in JSON:
                if _has_variable(node):
                    self._mixed.append((node, place))
                else:
                    self._literal += place.excesses(value_from_ast_untyped(node))

    def _type(self, name: str) -> Composite:
        found = self._schema.type_map[name]
        if not isinstance(found, Composite):
            raise TypeError(f"{name} has no fields.")
        return found


def request_problem(request: GraphQLRequest) -> str | None:
    """Why a request's own texts are too long; None if they are not."""
    text = request.query or ""
    # A text of so few characters has no more bytes or lines than are allowed either.
    if len(text) > MAX_DOCUMENT_LINES:
        if not _fits(text, MAX_DOCUMENT_BYTES):
            return f"The document has more than {MAX_DOCUMENT_BYTES:,} bytes; send long values as variables."
        if text.count("\n") + text.count("\r") > MAX_DOCUMENT_LINES:
            return f"The document has more than {MAX_DOCUMENT_LINES:,} lines."
    if request.operation_name is not None and not _fits(request.operation_name, MAX_NAME_BYTES):
        return f"operationName has more than {MAX_NAME_BYTES:,} bytes."
    if request.document_id is not None and not _fits(request.document_id, MAX_NAME_BYTES):
        return f"documentId has more than {MAX_NAME_BYTES:,} bytes."
    return None


def _most(place: GraphQLArgument | GraphQLInputField) -> int:
    """The declared maximum. Arguments of introspection, and those that take no text, declare none."""
    return int((metadata_of(place) or {}).get(MOST, KEY))


def _fits(value: Any, most: int) -> bool:
    """Whether a text is short enough. Anything else passes, because it is rejected later."""
    return type(value) is not str or unicode_text.fits(value, most)


def _fit(value: Any, most: int) -> bool:
    """Whether a text, or each text of a list, is short enough; False for a list of anything else, which takes longer
    to check."""
    if type(value) is not list:
        return _fits(value, most)
    if len(value) > MAX_LIST_LENGTH:
        return False
    # Hardly a call of our own for each member: `nodes` and `usersById` take hundreds of ids.
    for member in value:
        if type(member) is not str or len(member) > most:
            return False
        if not (member.isascii() or unicode_text.fits(member, most)):
            return False
    return True


def _reason(value: Any, most: int, *, is_json: bool) -> str | None:
    if not is_json or isinstance(value, str):
        return None if _fits(value, most) else f"has more than {most:,} bytes."
    return _reason_of_json(value, most)


def _reason_of_json(value: Any, most: int) -> str | None:
    """Why a JSON value is too large. It is read level by level and only up to the maximum, because it may be wide
    and deep."""
    bytes_, values, waiting = 0, 1, [value]
    while waiting:
        member = waiting.pop()
        match member:
            case str():
                bytes_ += _size(member, most)
            case dict() | list():
                values += len(member)
                if values > JSON_VALUES:
                    return f"has more than {JSON_VALUES:,} values."
                if isinstance(member, dict):
                    bytes_ += sum(_size(name, most) for name in member)
                    waiting += member.values()
                else:
                    waiting += member
        if bytes_ > most:
            return f"has more than {most:,} bytes of names and texts."
    return None


def _size(text: str, most: int) -> int:
    """The bytes of a text. If it is longer than `most`, only its number of characters."""
    return len(text) if len(text) > most else unicode_text.size(text)


def _nullable(type_: Any) -> Any:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _has_variable(node: ValueNode) -> bool:
    if isinstance(node, VariableNode):
        return True
    below = [*getattr(node, "values", ()), *(field.value for field in getattr(node, "fields", ()))]
    return any(map(_has_variable, below))
