"""What DynamoDB answers, decoded: only the members that are read here."""

import msgspec

from dynamo.attribute_values import WireItem


class Capacity(msgspec.Struct, gc=False):
    """What a request cost, in capacity units; of one table, indexes included."""

    CapacityUnits: float = 0.0


class KeysLeft(msgspec.Struct, gc=False):
    """Keys of one table that BatchGetItem did not get to."""

    Keys: list[WireItem]


class Answer(msgspec.Struct, gc=False):
    """The members of all operations together; each operation sets its own."""

    Item: WireItem | None = None
    Attributes: WireItem | None = None
    Items: list[WireItem] = []
    LastEvaluatedKey: WireItem | None = None
    Responses: dict[str, list[WireItem]] = {}
    UnprocessedKeys: dict[str, KeysLeft] = {}
    UnprocessedItems: dict[str, list[msgspec.Raw]] = {}
    ConsumedCapacity: Capacity | list[Capacity] | None = None

    @property
    def units(self) -> float:
        """The capacity units of the whole request."""
        consumed = self.ConsumedCapacity
        if isinstance(consumed, list):
            return sum(part.CapacityUnits for part in consumed)
        return consumed.CapacityUnits if consumed is not None else 0.0


class CancellationReason(msgspec.Struct, gc=False):
    """Why one operation of a transaction failed; `None` for one that did not."""

    Code: str = "None"
    Message: str | None = None


class Refusal(msgspec.Struct, gc=False, rename={"type": "__type"}):
    """An error. DynamoDB writes `message` or `Message`, depending on the error."""

    type: str = ""
    message: str = ""
    Message: str = ""
    Item: WireItem | None = None
    CancellationReasons: list[CancellationReason] = []

    @property
    def name(self) -> str:
        """The error's name without its namespace."""
        return self.type.rpartition("#")[2]

    @property
    def text(self) -> str:
        """What DynamoDB says about it."""
        return self.message or self.Message


_answers = msgspec.json.Decoder(Answer)
_refusals = msgspec.json.Decoder(Refusal)


def decode(body: bytes) -> Answer:
    """Decode an answer. Raises `msgspec.MsgspecError` for what is none."""
    return _answers.decode(body)


def decode_refusal(body: bytes) -> Refusal:
    """Decode an error; whatever is none, such as a proxy's page, is an error without a name."""
    try:
        return _refusals.decode(body)
    except msgspec.MsgspecError:
        return Refusal()
