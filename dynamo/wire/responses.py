"""What DynamoDB answers, decoded: only the members that are read here.

Each operation's answer has a form; what lacks a member that DynamoDB always sends is no answer, and nothing says that
what was asked for has been done.
"""

from typing import Final, TypeVar

import msgspec

from dynamo.wire import surrogates
from dynamo.wire.attribute_values import WireItem

T = TypeVar("T")


class Capacity(msgspec.Struct, gc=False):
    """What a request cost, in capacity units; of one table, indexes included."""

    CapacityUnits: float = 0.0


class KeysLeft(msgspec.Struct, gc=False):
    """Keys of one table that BatchGetItem did not get to."""

    Keys: list[WireItem]


class Response(msgspec.Struct, gc=False):
    """The members of all operations together; each operation sets its own."""

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
        """The capacity units of the whole request."""
        consumed = self.ConsumedCapacity
        if isinstance(consumed, list):
            return sum(part.CapacityUnits for part in consumed)
        return consumed.CapacityUnits if consumed is not None else 0.0


# Every request asks what it costs (`ReturnConsumedCapacity`), so every answer says it.


class ItemResponse(Response, kw_only=True, gc=False):
    """Of GetItem, PutItem and DeleteItem."""

    ConsumedCapacity: Capacity


class UpdateResponse(ItemResponse, kw_only=True, gc=False):
    """Of UpdateItem, which is always asked for the whole new item."""

    Attributes: WireItem


class PageResponse(Response, kw_only=True, gc=False):
    """Of Query and Scan."""

    Items: list[WireItem]
    Count: int
    ConsumedCapacity: Capacity


class BatchGetResponse(Response, kw_only=True, gc=False):
    """Of BatchGetItem."""

    Responses: dict[str, list[WireItem]]
    UnprocessedKeys: dict[str, KeysLeft]
    ConsumedCapacity: list[Capacity]


class TransactionResponse(Response, kw_only=True, gc=False):
    """Of TransactWriteItems."""

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
"""By operation, what its answer has; every operation that is ever sent stands here."""


class CancellationReason(msgspec.Struct, gc=False):
    """Why one operation of a transaction failed; `None` for one that did not."""

    Code: str = "None"
    Message: str | None = None


class ErrorResponse(msgspec.Struct, gc=False, rename={"type": "__type"}):
    """An error. DynamoDB writes `message` or `Message`, depending on the error."""

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
        """What DynamoDB says about it."""
        return self.message or self.Message or ""


_decoders = {operation: msgspec.json.Decoder(form) for operation, form in FORMS.items()}
_refusals = msgspec.json.Decoder(ErrorResponse)


def decode(operation: str, body: bytes) -> Response:
    """Decode an answer. Raises `ValueError` for what is none."""
    return _decoded(_decoders[operation], body)


def decode_error(body: bytes) -> ErrorResponse:
    """Decode an error; whatever is none, such as a proxy's page, is an error without a name."""
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
        # Half a character, most likely; JSON without one is never read twice.
        mended: T = msgspec.convert(surrogates.read(body), decoder.type)
        return mended
