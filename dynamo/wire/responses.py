"""The responses of DynamoDB, decoded: only the members that this code reads.

Each operation has a form for its response. A response without a member that DynamoDB always sends is not accepted,
because then it is not certain that the operation was done.
"""

from typing import Final, TypeVar

import msgspec

from dynamo.wire import surrogates
from dynamo.wire.attribute_values import WireItem

T = TypeVar("T")


class Capacity(msgspec.Struct, gc=False):
    """The capacity units that a request consumed in one table, indexes included."""

    CapacityUnits: float = 0.0


class KeysLeft(msgspec.Struct, gc=False):
    """Keys of one table that BatchGetItem left unprocessed."""

    Keys: list[WireItem]


class Response(msgspec.Struct, gc=False):
    """The members of all operations together. Each operation sets its own."""

    Item: WireItem | None = None
    Attributes: WireItem | None = None
    Items: list[WireItem] = []
    ScannedCount: int = 0
    LastEvaluatedKey: WireItem | None = None
    Responses: dict[str, list[WireItem]] = {}
    UnprocessedKeys: dict[str, KeysLeft] = {}
    ConsumedCapacity: Capacity | list[Capacity] | None = None

    @property
    def units(self) -> float:
        """The capacity units of the whole request, over all tables."""
        consumed = self.ConsumedCapacity
        if isinstance(consumed, list):
            return sum(part.CapacityUnits for part in consumed)
        return consumed.CapacityUnits if consumed is not None else 0.0


# Every request sets `ReturnConsumedCapacity`, so every response must have `ConsumedCapacity`.


class ItemResponse(Response, kw_only=True, gc=False):
    """The form of the responses of GetItem, PutItem and DeleteItem."""

    ConsumedCapacity: Capacity


class UpdateResponse(ItemResponse, kw_only=True, gc=False):
    """The form of the response of UpdateItem, which is always asked for the whole new item."""

    Attributes: WireItem


class PageResponse(Response, kw_only=True, gc=False):
    """The form of the responses of Query and Scan."""

    Items: list[WireItem]
    Count: int
    ConsumedCapacity: Capacity


class BatchGetResponse(Response, kw_only=True, gc=False):
    """The form of the response of BatchGetItem."""

    Responses: dict[str, list[WireItem]]
    UnprocessedKeys: dict[str, KeysLeft]
    ConsumedCapacity: list[Capacity]


class TransactionResponse(Response, kw_only=True, gc=False):
    """The form of the response of TransactWriteItems."""

    ConsumedCapacity: list[Capacity]


FORMS: Final[dict[str, type[Response]]] = {
    "GetItem": ItemResponse,
    "PutItem": ItemResponse,
    "DeleteItem": ItemResponse,
    "UpdateItem": UpdateResponse,
    "Query": PageResponse,
    "Scan": PageResponse,
    "BatchGetItem": BatchGetResponse,
    "TransactWriteItems": TransactionResponse,
}
"""The form of the response of every operation that is sent."""


class CancellationReason(msgspec.Struct, gc=False):
    """Why one operation of a transaction failed. `Code` is `None` if it did not fail."""

    Code: str = "None"
    Message: str | None = None


class ErrorResponse(msgspec.Struct, gc=False, rename={"type": "__type"}):
    """An error response. DynamoDB writes `message` or `Message`, depending on the error."""

    type: str | None = None
    message: str | None = None
    Message: str | None = None
    Item: WireItem | None = None
    CancellationReasons: list[CancellationReason] = []

    @property
    def name(self) -> str:
        """The error's name without its namespace."""
        return (self.type or "").rpartition("#")[2]

    @property
    def text(self) -> str:
        """DynamoDB's message, which may quote values."""
        return self.message or self.Message or ""


_decoders = {operation: msgspec.json.Decoder(form) for operation, form in FORMS.items()}
_refusals = msgspec.json.Decoder(ErrorResponse)


def decode(operation: str, body: bytes) -> Response:
    """Decode the response of an operation. Raises `ValueError` if it does not have the operation's form."""
    return _decoded(_decoders[operation], body)


def decode_error(body: bytes) -> ErrorResponse:
    """Decode an error response. Anything else, such as a proxy's page, becomes an error without a name."""
    try:
        return _decoded(_refusals, body)
    except ValueError:
        return ErrorResponse()


def _decoded(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except ValueError:
        # Most likely a lone surrogate. JSON without one is never decoded twice.
        mended: T = msgspec.convert(surrogates.read(body), decoder.type)
        return mended
