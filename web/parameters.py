"""The GraphQL parameters of a request, with checked JSON types."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from execution.request import GraphQLRequest
from web.errors import BadRequest
from web.json_size import JsonLimits, excess

MOST_PARAMETERS: Final = 20
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_NAMES = frozenset({"query", "documentId", "operationName", "variables", "extensions"})


def from_body(body: bytes, limits: JsonLimits) -> GraphQLRequest:
    """The parameters of a POST. Raises `BadRequest`."""
    parameters = _parse(body, limits, "The body")
    if isinstance(parameters, list):
        raise BadRequest("Batching is not supported: send each operation as a request of its own.")
    if not isinstance(parameters, dict):
        raise BadRequest("The body must be a JSON object.")
    return _request(parameters, read_only=False)


def from_query_string(query_string: bytes, limits: JsonLimits) -> GraphQLRequest:
    """The parameters of a GET, whose `variables` and `extensions` are JSON texts. Raises `BadRequest`."""
    parameters: dict[str, Any] = {}
    for name, value in _pairs(query_string):
        if name not in _NAMES:
            continue
        if name in parameters:
            raise BadRequest(f"The parameter {name} is given twice.")
        parameters[name] = value
    for name in ("variables", "extensions"):
        if name in parameters:
            text = parameters[name]
            # HTML forms send an empty text for an omitted parameter.
            parameters[name] = _parse(text.encode(), limits, f"The parameter {name}") if text else None
    parameters["operationName"] = parameters.get("operationName") or None
    return _request(parameters, read_only=True)


def has_query(query_string: bytes) -> bool:
    """Whether a GET has any GraphQL parameter."""
    # Each parameter without its value, which is decoded when it is needed.
    names = b"&".join(pair.partition(b"=")[0] for pair in query_string.split(b"&", MOST_PARAMETERS))
    return any(name in _NAMES for name, _ in _pairs(names))


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError as error:
        raise BadRequest(
            f"The query string must be form-encoded UTF-8 with at most {MOST_PARAMETERS} parameters."
        ) from error


def _request(parameters: Mapping[str, Any], *, read_only: bool) -> GraphQLRequest:
    query = parameters.get("query")
    document_id = parameters.get("documentId")
    operation_name = parameters.get("operationName")
    variables = parameters.get("variables")
    extensions = parameters.get("extensions")
    if query is not None and not isinstance(query, str):
        raise BadRequest("The parameter query must be a string.")
    if document_id is not None and not isinstance(document_id, str):
        raise BadRequest("The parameter documentId must be a string.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise BadRequest("The parameter operationName must be a string.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("The parameter variables must be an object.")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadRequest("The parameter extensions must be an object.")
    # A document may be named by its id or hash in place of the query; Apollo's clients do it in the extensions.
    if query is None and document_id is None and not extensions:
        raise BadRequest("The parameter query is missing.")
    return GraphQLRequest(query, operation_name, variables, extensions, document_id=document_id, read_only=read_only)


def _parse(text: bytes, limits: JsonLimits, what: str) -> Any:
    if (reason := excess(text, limits)) is not None:
        raise BadRequest(f"{what} {reason}.")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # JavaScript's `slice` can cut an emoji in half. JSON can escape the half, but UTF-8 cannot contain it.
        hint = r" It may hold half a surrogate pair, such as \ud83d." if _HALF.search(text) else ""
        raise BadRequest(f"{what} is not JSON in UTF-8.{hint}") from error
