"""Says in an error about an input which fields it has, if graphql-core has no similar name to suggest."""

import re
from typing import Final

from graphql import GraphQLInputObjectType, GraphQLSchema

MOST_NAMED: Final = 16
"""The most fields that are named: more would hide what the message says."""

_PLACE: Final = r"(?:Variable '\$\w{1,100}' has invalid value(?: at [.\[\]\w]{1,100})?: )?"
"""Where a value is, if it is in a variable. A long place is left alone, because messages have a maximum."""
_NO_OBJECT = re.compile(
    rf"{_PLACE}Expected value of type '(\w+)' (?:to be an object|not to include unknown field(?: '\w+')?)\.", re.ASCII
)
_NOT_ONE = re.compile(
    rf"{_PLACE}Within OneOf Input Object type '(\w+)', exactly one field must be specified.*", re.ASCII
)


def with_input_fields(schema: GraphQLSchema, message: str) -> str:
    """The message, followed by the fields of the input that it speaks of."""
    found = _NO_OBJECT.fullmatch(message) or _NOT_ONE.fullmatch(message)
    kind = schema.get_type(found[1]) if found else None
    if not isinstance(kind, GraphQLInputObjectType) or len(kind.fields) > MOST_NAMED:
        return message
    *names, last = (f"`{name}`" for name in kind.fields)
    if not names:
        return f"{message} Its field is {last}."
    begin = "Pass one of" if kind.is_one_of else "Its fields are"
    return f"{message} {begin} {', '.join(names)} {'or' if kind.is_one_of else 'and'} {last}."
