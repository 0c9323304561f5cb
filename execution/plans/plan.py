"""Compiled plans: an operation's selection sets as plain Python, compiled once and run for every similar request.

Sync fields become one generated function for each object type: a dict literal that reads a record's attributes, nested
for the objects and lists below. Async fields are resolved level by level: each field for all of its parents at once,
and the fields of a level concurrently, so that loaders can merge their reads. Objects are written as JSON as soon as
they are complete, and other requests get their turn in between.

A plan covers the execution without errors. What it cannot express is `Unplannable`. Arguments that are not valid are
found before anything is executed. Any error during the run is raised, and the caller executes the operation again with
graphql-core, which finds what was read in the loaders. A mutation is called once: its outcome is kept for graphql-core.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from time import perf_counter
from typing import Any, Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableValues,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from orjson import Fragment, dumps

from execution.plans.arguments import Arguments, arguments_of, has_variable
from execution.plans.generated_code import Generated, Writer
from execution.plans.variables import NONE
from execution.selections import collect
from execution.writing import Room
from resolvers.context import Context, Done
from resolvers.errors import OperationError, UserError
from resolvers.pagination import check_first
from schema.conditions import Conditions
from schema.fields import declared, selects_children, size_of
from schema.internals import is_async, python_name_of, resolver_of, takes_info
from schema.node import TYPE_NAMES

Source = Any
Completed = dict[str, Any] | Fragment
"""An object that is being filled, or that was written as JSON."""
Given = Sequence[dict[str, Any]]
"""The arguments of each field of a plan under certain variables."""

FEW_RECORDS: Final = 4
"""Up to this many records, a level is not counted or written by itself, but with the level above."""
COUNTED_TOGETHER: Final = 16
"""How many records of a level are counted at a time."""
LONG_TOGETHER: Final = 16 * 1024
"""From this many bytes on, records counted together are written as JSON. Shorter ones are written with the level
above."""
LONG_LEVEL: Final = 512 * 1024
"""The same for a level together with everything below it."""
CHUNK: Final = 500
"""How many records have a field resolved at a time."""


class Unplannable(Exception):
    """The operation contains something that only graphql-core can execute."""


class NullInNonNull(Exception):
    """A non-null field is null. graphql-core decides how far the null propagates."""


class PlanInfo(NamedTuple):
    """What a resolver gets besides its arguments when a plan calls it."""

    context: Context
    children: bool = False
    listed: Callable[[list[Any]], list[Any]] = list
    """Takes the objects of a list, and writes them as JSON if they are many."""
    field_name: str = ""
    response_key: str = ""

    def selects_children(self) -> bool:
        """Whether a field below returns what is stored in the user's partition, beside the user."""
        return self.children

    def refused(self) -> Sequence[UserError]:
        """The errors of inputs of this mutation that were rejected before execution."""
        return self.context.refused.get(self.response_key, ())


@dataclass(slots=True)
class Run:
    """The state of one run of a plan."""

    context: Context
    given: Given
    room: Room
    info: PlanInfo


@dataclass(frozen=True, slots=True)
class Level:
    """A selection set on one object type."""

    build: Generated
    """Builds the object for one record, with None in place of async fields."""
    awaited: tuple["Awaited", ...]


@dataclass(frozen=True, slots=True)
class Awaited:
    """A field that is resolved for all parents of a level at once, or that has such fields below it."""

    key: str
    resolve: "Resolve"
    call: "Call | None"
    """Calls an async resolver for one parent; None if the field is resolved in another way."""
    is_list: bool
    null_item: bool
    null_field: bool
    levels: Mapping[type | None, Level]
    """The level for each class of record; under None if there is only one object type."""
    only: Level | None
    """The level if there is only one object type."""
    in_partition: bool
    """Whether it is stored in the partition of its parent, a user."""
    at_hand: bool
    """Whether nothing has to be read for it and all below it, except for the parent's partition."""


Resolve = Callable[[Run, Sequence[Source]], Any]
"""Returns the field's values in the order of the parents, or an awaitable of them."""
Call = Callable[[Run, Source], Awaitable[Any]]
"""Returns the value of a field for one parent."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled operation: its root level, and the arguments of all its fields."""

    root: Level
    arguments: Sequence[Arguments]

    def bind(self, variables: VariableValues) -> Given:
        """Compute the arguments of every field. Raises if graphql-core has to report an error; nothing was executed
        yet."""
        return [arguments(variables) for arguments in self.arguments]

    def run(self, context: Context, given: Given, room: Room) -> Awaitable[dict[str, Any]]:
        """Execute, and return `data`. Raises `ResponseTooLarge`, and any error for which graphql-core has to execute
        again."""
        return _complete_one(self.root, None, Run(context, given, room, PlanInfo(context, listed=room.listed)))


async def _complete_one(level: Level, record: Source, run: Run) -> dict[str, Any]:
    turn = run.context.turn
    if perf_counter() > turn.ends:
        await turn.share()
    answer = level.build(record, run.info)
    if level.awaited:
        await _fill_all(level.awaited, [record], [answer], run)
    return answer


async def _complete(level: Level, records: Sequence[Source], run: Run) -> list[Completed]:
    if len(records) > FEW_RECORDS:
        return await _complete_many(level, records, run)
    build, info, turn = level.build, run.info, run.context.turn
    answers: list[Any] = []
    for record in records:
        if perf_counter() > turn.ends:
            await turn.share()
        answers.append(build(record, info))
    if level.awaited:
        await _fill_all(level.awaited, records, answers, run)
    return answers


async def _complete_many(level: Level, records: Sequence[Source], run: Run) -> list[Completed]:
    answers: list[Any] = []
    left_before = run.room.left
    for start in range(0, len(records), COUNTED_TOGETHER):
        answers += await _counted(level, records[start : start + COUNTED_TOGETHER], run)
    if not level.awaited:
        return answers
    await _fill_all(level.awaited, records, answers, run)
    return answers if left_before - run.room.left <= LONG_LEVEL else await _sealed(answers, run)


async def _counted(level: Level, records: Sequence[Source], run: Run) -> list[Any]:
    """The objects of some records, whose bytes are counted. Long ones are written as JSON.

    What stands between them, and the places of async fields, are not counted: they are not part of the response.
    """
    build, info, room, turn = level.build, run.info, run.room, run.context.turn
    answers: list[Any] = []
    counted, left = 0, room.left
    for record in records:
        if perf_counter() > turn.ends:
            counted += left - room.left
            await turn.share()
            left = room.left
        answers.append(build(record, info))
    # The bytes of their long lists were counted when they were written.
    counted += left - room.left
    written = len(dumps(answers))
    between = len(answers) + 1
    room.take(written - counted - between - len(answers) * len(level.awaited) * len(b"null"))
    if level.awaited or written <= LONG_TOGETHER:
        return answers
    return [Fragment(dumps(answer)) for answer in answers]


async def _sealed(answers: list[dict[str, Any]], run: Run) -> list[Completed]:
    """Write the complete objects of a level as JSON now, so that the response is not written all at once. They were
    counted before."""
    turn = run.context.turn
    sealed: list[Completed] = []
    for answer in answers:
        if perf_counter() > turn.ends:
            await turn.share()
        sealed.append(Fragment(dumps(answer)))
    return sealed


def _fill_all(
    fields: Sequence[Awaited], records: Sequence[Source], answers: list[dict[str, Any]], run: Run
) -> Awaitable[None]:
    """Resolve the async fields of a level. There are one or more."""
    # Most levels have one, and all of their coroutines are gone through whenever DynamoDB has responded.
    return _fill(fields[0], records, answers, run) if len(fields) == 1 else _fill_several(fields, records, answers, run)


async def _fill_several(
    fields: Sequence[Awaited], records: Sequence[Source], answers: list[dict[str, Any]], run: Run
) -> None:
    """Resolve several async fields, concurrently unless none of them waits for the table."""
    if _are_at_hand(fields, records, run):
        for awaited in fields:
            await _fill(awaited, records, answers, run)
        return
    tasks = [asyncio.ensure_future(_fill(awaited, records, answers, run)) for awaited in fields]
    # Not a task group: before Python 3.13, it leaves this task marked as cancelled if one of its own fails. Since then,
    # it cancels a task again that was cancelled before, as by a deadline that bulk mutations outlive.
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _are_at_hand(fields: Sequence[Awaited], records: Sequence[Source], run: Run) -> bool:
    """Whether nothing has to be read for these fields. A task for each would take longer than resolving them."""
    for awaited in fields:
        if not awaited.at_hand or (awaited.in_partition and not run.context.loaders.have_partitions(records)):
            return False
    return True


async def _fill(field: Awaited, records: Sequence[Source], answers: list[dict[str, Any]], run: Run) -> None:
    """Resolve a field for every record of a level, and put the values into the objects."""
    values: Sequence[Any]
    if len(records) == 1 and field.call is not None:
        values = [await field.call(run, records[0])]
    else:
        some = field.resolve(run, records) if len(records) <= CHUNK else _in_chunks(field, records, run)
        values = some if isinstance(some, list) else await some
    if field.is_list:
        if not field.null_field and _has_null(values):
            raise NullInNonNull
        flat = [item for items in values if items is not None for item in items]
        completed = iter(await _complete_any(field, flat, field.null_item, run))
        for answer, items in zip(answers, values, strict=True):
            answer[field.key] = None if items is None else list(islice(completed, len(items)))
    elif len(values) == 1 and values[0] is not None and field.only is not None:
        answers[0][field.key] = await _complete_one(field.only, values[0], run)
    else:
        for answer, value in zip(answers, await _complete_any(field, values, field.null_field, run), strict=True):
            answer[field.key] = value


async def _in_chunks(field: Awaited, records: Sequence[Source], run: Run) -> Sequence[Any]:
    """The field's values. After each chunk of records, other requests get a turn."""
    values: list[Any] = []
    for start in range(0, len(records), CHUNK):
        some = field.resolve(run, records[start : start + CHUNK])
        values += some if isinstance(some, list) else await some
        await run.context.turn.share()
    return values


def _complete_any(
    field: Awaited, records: Sequence[Source], nullable: bool, run: Run
) -> Awaitable[Sequence[Completed | None]]:
    """Complete records of several types, some of them None, in order."""
    nulls = _has_null(records)
    if nulls and not nullable:
        raise NullInNonNull
    several = None not in field.levels
    if nulls or several:
        return _complete_mixed(field, records, several, run)
    return _complete(field.levels[None], records, run)


async def _complete_mixed(field: Awaited, records: Sequence[Source], several: bool, run: Run) -> list[Completed | None]:
    answers: list[Completed | None] = [None] * len(records)
    places: dict[type | None, list[int]] = {}
    for place, record in enumerate(records):
        if record is not None:
            places.setdefault(type(record) if several else None, []).append(place)
    for kind, at in places.items():
        found = await _complete(field.levels[kind], [records[place] for place in at], run)
        for place, answer in zip(at, found, strict=True):
            answers[place] = answer
    return answers


def _has_null(values: Sequence[Any]) -> bool:
    # A loop, because `None in values` would compare records with None, and lists contain hundreds of them.
    for value in values:  # noqa: SIM110
        if value is None:
            return True
    return False


def compile_plan(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, conditions: Conditions
) -> Plan:
    """Compile a valid operation for certain values of the variables in its `@skip` and `@include`.

    Raises `Unplannable` for several mutations, introspection, and kinds of fields that the schema does not have today.
    """
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    compiler = _Compiler(schema, fragments, conditions)
    root = schema.get_root_type(operation.operation)
    if root is None:
        raise Unplannable("the schema has no such operations")
    level = compiler.level(root, [operation.selection_set])
    if operation.operation is OperationType.MUTATION:
        if len(level.awaited) != 1:
            # What one of several has returned may look different after the next one.
            raise Unplannable("several mutations")
        level = replace(level, awaited=tuple(map(_called_once, level.awaited)))
    return Plan(level, compiler.arguments)


def _called_once(mutation: Awaited) -> Awaited:
    """Keep the outcome of a mutation in the context."""

    make = mutation.call
    if make is None:
        raise Unplannable("a mutation is not a coroutine function")

    async def call(run: Run, record: Source) -> Any:
        try:
            payload = await make(run, record)
        except Exception as error:
            run.context.done = Done(None, error, run.context.charged)
            raise
        run.context.done = Done(payload, None, run.context.charged)
        return payload

    return replace(mutation, call=call)


class _Compiler:
    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], conditions: Conditions
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._conditions = conditions
        self.arguments: list[Arguments] = []

    def level(self, on: GraphQLObjectType, selections: Sequence[SelectionSetNode]) -> Level:
        """Compile a selection set on an object type."""
        writer = Writer()
        awaited: list[Awaited] = []
        expression = self._object(on, selections, "record", writer, awaited)
        return Level(writer.function(expression), tuple(awaited))

    def _object(
        self,
        on: GraphQLObjectType,
        selections: Sequence[SelectionSetNode],
        record: str,
        writer: Writer,
        awaited: list[Awaited],
    ) -> str:
        """The source of an object. Async fields are added to `awaited`, and their places hold None."""
        members: list[str] = []
        for key, nodes in collect(self._schema, on, selections, self._fragments, self._conditions).items():
            name = nodes[0].name.value
            if name == "__typename":
                members.append(f"{key!r}: {on.name!r}")
                continue
            if name.startswith("__"):
                raise Unplannable("introspection is not planned")
            definition = on.fields[name]
            below = [node.selection_set for node in nodes if node.selection_set is not None]
            if is_leaf_type(get_named_type(definition.type)):
                value = self._leaf(definition, record, writer)
            elif self._waits(definition, below):
                awaited.append(self._awaited(key, definition, nodes, below))
                value = "None"
            else:
                value = self._nested(definition, below, record, writer)
            members.append(f"{key!r}: {value}")
        return "{" + ", ".join(members) + "}"

    def _leaf(self, definition: GraphQLField, record: str, writer: Writer) -> str:
        """The source of a scalar or an enum of a record."""
        return writer.leaf(definition.type, self._source(definition, record, writer))

    def _nested(self, definition: GraphQLField, below: Sequence[SelectionSetNode], record: str, writer: Writer) -> str:
        """The source of an object, or a list of objects, without async fields in it."""
        source = self._source(definition, record, writer)
        type_, nullable = _unwrapped(definition.type)
        if is_list_type(type_):
            item_type, item_nullable = _unwrapped(type_.of_type)
            item = writer.variable()
            inner = self._object(_object_type(item_type), below, item, writer, [])
            items = writer.variable()
            listed = writer.objects(items, item, writer.checked(item, item_nullable, inner))
            return writer.bound(items, source, nullable, listed)
        variable = writer.variable()
        inner = self._object(_object_type(type_), below, variable, writer, [])
        return writer.bound(variable, source, nullable, inner)

    def _source(self, definition: GraphQLField, record: str, writer: Writer) -> str:
        """The source that reads a field from its record."""
        resolver = resolver_of(definition)
        if resolver is None:
            return f"{record}.{python_name_of(definition)}"
        at_once = declared(definition).at_once
        if (is_async(definition) and at_once is None) or definition.args:
            raise Unplannable(f"{python_name_of(definition)} has to be resolved for each object")
        info = ", info" if takes_info(definition) else ""
        return f"{writer.constant(at_once or resolver)}({record}{info})"

    def _waits(self, definition: GraphQLField, below: Sequence[SelectionSetNode]) -> bool:
        """Whether a field, or one below it, is async or takes long. If it takes long, other requests get a turn
        before each record."""
        if is_async(definition) or is_abstract_type(get_named_type(definition.type)):
            return True
        on = _object_type(get_named_type(definition.type))
        for nodes in collect(self._schema, on, below, self._fragments, self._conditions).values():
            name = nodes[0].name.value
            if name.startswith("__"):
                continue
            if is_leaf_type(get_named_type(on.fields[name].type)):
                if declared(on.fields[name]).at_once is not None:
                    return True
                continue
            if self._waits(on.fields[name], [n.selection_set for n in nodes if n.selection_set is not None]):
                return True
        return False

    def _awaited(
        self, key: str, definition: GraphQLField, nodes: Sequence[FieldNode], below: Sequence[SelectionSetNode]
    ) -> Awaited:
        type_, nullable = _unwrapped(definition.type)
        item, null_item = _unwrapped(type_.of_type) if is_list_type(type_) else (type_, False)
        levels = dict(self._levels(item, below))
        in_partition = resolver_of(definition) is not None and declared(definition).in_partition
        resolve, call = self._resolver(key, definition, nodes)
        return Awaited(
            key=key,
            resolve=resolve,
            call=call,
            is_list=is_list_type(type_),
            null_item=null_item,
            null_field=nullable,
            levels=levels,
            only=levels.get(None),
            in_partition=in_partition,
            at_hand=(in_partition or resolver_of(definition) is None)
            and all(awaited.at_hand for level in levels.values() for awaited in level.awaited),
        )

    def _levels(
        self, type_: GraphQLOutputType, below: Sequence[SelectionSetNode]
    ) -> Iterable[tuple[type | None, Level]]:
        if not is_abstract_type(type_):
            yield None, self.level(_object_type(type_), below)
            return
        for record, name in TYPE_NAMES.items():
            yield record, self.level(_object_type(self._schema.type_map[name]), below)

    def _resolver(self, key: str, definition: GraphQLField, nodes: Sequence[FieldNode]) -> tuple[Resolve, Call | None]:
        """How to resolve a field for many records: together if it has a `batch` function, otherwise one by one."""
        resolver = resolver_of(definition)
        if resolver is None:
            name = python_name_of(definition)
            return lambda _run, records: [getattr(record, name) for record in records], None
        facts = declared(definition)
        place = len(self.arguments)
        given = arguments_of(definition, nodes[0])
        if facts.cost.sized_by == "first" and not _is_fitting_page(given, nodes[0]):
            given = _page_checked(given)
        self.arguments.append(given)
        if facts.batch is not None:
            return _together(facts.batch, facts.cost.weight, place), None
        children = any(selects_children(node.selection_set, self._fragments, self._conditions) for node in nodes)
        make_info = partial(PlanInfo, children=children, field_name=nodes[0].name.value, response_key=key)
        return _one_by_one(resolver, place, is_async(definition), make_info)


def _is_fitting_page(arguments: Arguments, node: FieldNode) -> bool:
    """Whether the page size depends on no variable and is allowed."""
    if any(map(has_variable, (given.value for given in node.arguments or ()))):
        return False
    try:
        _page_checked(arguments)(NONE)
    except OperationError:
        return False
    return True


def _page_checked(arguments: Arguments) -> Arguments:
    """Check the page size before the execution."""

    def checked(variables: VariableValues) -> dict[str, Any]:
        given = arguments(variables)
        for name in ("first", "last"):
            check_first(given.get(name), name)
        return given

    return checked


def _together(batch: Callable[..., Any], weight: int, place: int) -> Resolve:
    async def resolve(run: Run, records: Sequence[Source]) -> list[Any]:
        values: list[Any] = await batch(run.context, records, **run.given[place])
        run.context.charge(weight * sum(map(size_of, values)))
        return values

    return resolve


def _one_by_one(
    resolver: Callable[..., Any], place: int, awaitable: bool, make_info: Callable[[Context], PlanInfo]
) -> tuple[Resolve, Call | None]:
    def call(run: Run, record: Source) -> Any:
        return resolver(record, make_info(run.context), **run.given[place])

    if not awaitable:
        return lambda run, records: [call(run, record) for record in records], None

    async def resolve(run: Run, records: Sequence[Source]) -> list[Any]:
        return await asyncio.gather(*[call(run, record) for record in records])

    return resolve, call


def _unwrapped(type_: Any) -> tuple[Any, bool]:
    """A type without its non-null wrapper, and whether it is nullable."""
    return (type_.of_type, False) if is_non_null_type(type_) else (type_, True)


def _object_type(type_: Any) -> GraphQLObjectType:
    if not isinstance(type_, GraphQLObjectType):
        raise Unplannable(f"{type_} is no object type")
    return type_
