"""How a field is declared: its description, the permission it requires, and its cost.

The types of this package are declarations only. At run time, a field's source is a record of `dynamo` or `resolvers`
whose attributes have the fields' names. A field without a resolver reads the attribute of its name.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from time import perf_counter
from typing import Annotated, Any, Final, TypeVar, cast

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionSetNode,
)

from dynamo.projection import Record
from resolvers.bulk import ROWS
from resolvers.context import Context
from resolvers.errors import UserError
from resolvers.pagination import USUAL_PAGE, Connection
from resolvers.payloads import Payload
from resolvers.scopes import Requirement
from schema.conditions import Conditions, included
from schema.guesses import marked_as, noted
from schema.internals import declaring_class, metadata_of, raw_info
from schema.maxima import SEALED, declared_as, said

F = TypeVar("F", bound=Callable[..., Any])

DECLARED: Final = "declared"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a field that returns objects costs: `weight` for each object, times the most objects it can return.

    `sized_by` names the argument that sets how many: a number, or a list whose length counts. `input.users` names a
    field of the argument `input`. Without it, `size` is the number. If the caller gives a field of the argument
    `searched_by` that is declared with `search`, `search` is added once: the cost of reading what a filter looks
    through.
    """

    weight: int = 1
    size: int = 1
    sized_by: str | None = None
    or_by: str | None = None
    """Another argument that sets how many, of a list that can be read from its end."""
    null_size: int = USUAL_PAGE
    """How many objects are returned at most if the argument `sized_by` is null."""
    searched_by: str | None = None
    search: int = 0
    continued_by: tuple[str, ...] = ()
    """The arguments with which a list is not read from its beginning. Each object then costs 1 more if the caller gives
    a field of the argument `searched_by` that is declared with `continued`."""


FREE: Final = Cost(weight=0)
ONE: Final = Cost()
PAGE: Final = Cost(sized_by="first")
CHANGE: Final = Cost(weight=10)
CHANGES: Final = Cost(weight=10, sized_by=f"input.{ROWS}")
"""The cost of a bulk mutation: that of a mutation for each of its rows."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a field declares besides its type."""

    requires: Requirement
    cost: Cost = FREE
    reveals_token: bool = False
    """Whether `Session.token` can be read below it without `secrets:read`, because this request created the session."""
    is_token: bool = False
    """Whether it is this token. What else is secret about a session may come from others since."""
    batch: Callable[..., Any] | None = None
    """Resolves the field for many sources at once: `(context, sources, **arguments) -> results`, in the order of the
    sources."""
    whole_item: bool = False
    """Whether the resolver looks at stored attributes: at those that `READ_FROM` lists under its name, or else at
    all of them, which a list must then read."""
    in_partition: bool = False
    """Whether what it returns is stored in the user's partition, beside the user."""
    viewer: bool = False
    """Whether everything below it belongs to the signed-in person."""
    open_to_impersonators: bool = False
    """Whether it is a mutation that is open while somebody else acts as the person. All others are closed."""
    shows_schema: bool = False
    """Whether it shows the schema, so that only callers who may use introspection may select it."""
    at_once: Callable[..., Any] | None = None
    """The resolver without its pause for other requests, for callers that pause themselves."""


def declared(definition: GraphQLField) -> Declared:
    """What a field of the schema declares. Raises `KeyError` for a field that declares nothing."""
    facts: Declared = (metadata_of(definition) or {})[DECLARED]
    return facts


def record_of(type_: GraphQLObjectType | GraphQLInterfaceType) -> type[Record] | None:
    """The record that a type's fields are read from, as the type's class declares it in `READ_OFF`; None without
    one."""
    record: type[Record] | None = getattr(declaring_class(type_), "READ_OFF", None)
    return record


IN_PARTITION: set[str] = set()
"""The names of the fields that are declared with `in_partition`. Python and GraphQL spell them alike."""


class Info(strawberry.Info[Context, None]):
    """What a resolver gets besides its arguments."""

    def selects_children(self) -> bool:
        """Whether a field below this one returns what is stored in the user's partition, beside the user."""
        info = raw_info(self)
        conditions = info.variable_values.coerced
        return any(selects_children(node.selection_set, info.fragments, conditions) for node in info.field_nodes)

    def refused(self) -> Sequence[UserError]:
        """The errors of inputs of this mutation that were rejected before execution."""
        return self.context.refused.get(str(self.path.key), ())


def selects_children(
    selections: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode], conditions: Conditions
) -> bool:
    """Whether a selection set has an executed field that returns what is stored in the user's partition, beside the
    user."""
    return _selects(selections, fragments, conditions, set())


def _selects(
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    conditions: Conditions,
    seen: set[str],
) -> bool:
    for selection in selections.selections if selections is not None else ():
        if not included(selection.directives, conditions):
            continue
        match selection:
            case FieldNode(name=name, selection_set=below):
                if name.value in IN_PARTITION or _selects(below, fragments, conditions, seen):
                    return True
            case InlineFragmentNode(selection_set=below):
                if _selects(below, fragments, conditions, seen):
                    return True
            case FragmentSpreadNode(name=name) if name.value not in seen:
                seen.add(name.value)
                if _selects(fragments[name.value].selection_set, fragments, conditions, seen):
                    return True
    return False


def attribute(description: str, requires: Requirement, *, reveals_token: bool = False, is_token: bool = False) -> Any:
    """Declare a field that reads the source's attribute of the same name."""
    return strawberry.field(
        description=_sentences(description, requires, FREE),
        metadata={DECLARED: Declared(requires, reveals_token=reveals_token, is_token=is_token)},
    )


def field(
    description: str,
    requires: Requirement,
    *,
    type: Any = None,
    cost: Cost = FREE,
    batch: Callable[..., Any] | None = None,
    whole_item: bool = False,
    in_partition: bool = False,
    viewer: bool = False,
    open_to_impersonators: bool = False,
    shows_schema: bool = False,
    name: str | None = None,
) -> Callable[[F], F]:
    """Declare the decorated resolver as a field. `type` is the GraphQL type, needed if the resolver returns a record.
    `name` is the field's name if it is not the resolver's.

    A mutation is nullable, so that one that fails does not hide the others of its operation.

    A resolver that looks at a whole item takes long, so other requests may run first.
    """

    def decorate(resolver: F) -> F:
        if in_partition:
            IN_PARTITION.add(resolver.__name__)
        # A bulk mutation answers a rejected row in its place, so its resolver is called all the same.
        is_change = cost is CHANGE or cost is CHANGES
        facts = Declared(
            requires,
            cost,
            batch=batch,
            whole_item=whole_item,
            in_partition=in_partition,
            viewer=viewer,
            open_to_impersonators=open_to_impersonators,
            shows_schema=shows_schema,
            at_once=resolver if whole_item else None,
        )
        declare: Callable[[F], F] = strawberry.field(
            name=name,
            description=_sentences(description, requires, cost),
            graphql_type=type | None if is_change else type,
            metadata={DECLARED: facts},
        )
        if whole_item:
            return declare(_sharing(resolver))
        resolver = _recording(resolver) if is_change else resolver
        charging = resolver if cost is FREE else _charging(resolver, cost)
        return declare(_refusing(charging) if cost is CHANGE else charging)

    return decorate


def _recording(mutation: F) -> F:
    """Make the changes of a mutation have entries in the audit log."""

    @wraps(mutation)
    async def record(self: Any, info: Info, **arguments: Any) -> Any:
        info.context.begin(info.field_name)
        try:
            return await mutation(self, info, **arguments)
        finally:
            info.context.end()

    return cast(F, record)


def _refusing(mutation: F) -> F:
    """Make a mutation whose input was already rejected return the reasons and do nothing."""

    @wraps(mutation)
    async def refuse(self: Any, info: Info, **arguments: Any) -> Any:
        refused = info.refused()
        return await mutation(self, info, **arguments) if not refused else Payload({}, [*refused])

    return cast(F, refuse)


def _sharing(resolver: F) -> F:
    """Let other requests run first if this one has used up its time slice."""

    @wraps(resolver)
    async def share(self: Any, info: Info) -> Any:
        await info.context.turn.share()
        return resolver(self, info)

    return cast(F, share)


def _charging(resolver: F, cost: Cost) -> F:
    """Charge for the objects that a resolver really returned, in the units of its cost."""
    weight, size = cost.weight, rows_of if cost is CHANGES else size_of
    if inspect.iscoroutinefunction(resolver):

        @wraps(resolver)
        async def charge_awaited(self: Any, info: Info, **arguments: Any) -> Any:
            context = info.context
            turn = context.turn
            # Thousands of fields may begin, end or fail in one iteration of the event loop.
            if perf_counter() > turn.ends:
                await turn.share()
            try:
                result = await resolver(self, info, **arguments)
            except Exception:
                await turn.share()
                raise
            if perf_counter() > turn.ends:
                await turn.share()
            context.charged += weight * size(result)
            return result

        return cast(F, charge_awaited)

    @wraps(resolver)
    def charge(self: Any, info: Info, **arguments: Any) -> Any:
        result = resolver(self, info, **arguments)
        info.context.charge(weight * size(result))
        return result

    return cast(F, charge)


def rows_of(payload: Payload) -> int:
    """How many rows a bulk mutation has answered; none if it was refused as a whole."""
    return len(payload.results or ())


def size_of(result: Any) -> int:
    """How many objects a resolver returned."""
    if result is None:
        return 0
    if isinstance(result, Connection):
        return len(result.nodes)
    return sum(item is not None for item in result) if isinstance(result, list) else 1


def _sentences(description: str, requires: Requirement, cost: Cost) -> str:
    sentences = [description, str(requires), _price(cost)]
    return " ".join(sentence for sentence in sentences if sentence)


def _price(cost: Cost) -> str:
    if cost.weight == 0:
        return ""
    if cost.sized_by is not None:
        sizes = f"`{cost.sized_by}`" if cost.or_by is None else f"`{cost.sized_by}` or `{cost.or_by}`"
        each = f"Costs {cost.weight} for each of {sizes}"
        if cost.searched_by is None:
            return f"{each}."
        return f"{each}, and {cost.search} more with a condition of `{cost.searched_by}` that says so."
    return f"Costs {cost.weight}." if cost.size == 1 else f"Costs {cost.weight * cost.size}."


def described(description: str, most: int | None = None, *, guess: bool | None = None, each: bool = False) -> Any:
    """Describe an argument, within `Annotated`. `most`, `guess` and `each` are as for `schema.inputs.optional`."""
    return strawberry.argument(
        description=noted(said(description, most, each=each), guess=guess),
        metadata={**declared_as(most), **marked_as(guess=guess)},
    )


First = Annotated[int | None, described("The maximum number of objects to return, from 1 to 100.")]
After = Annotated[str | None, described("Return the objects that come after this cursor.", SEALED)]
Last = Annotated[
    int | None,
    described("The maximum number of objects to return from the end of the list, from 1 to 100, instead of `first`."),
]
Before = Annotated[str | None, described("Return the objects that come before this cursor. Goes with `last`.", SEALED)]
