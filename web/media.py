"""Media types: which one a response gets, and which ones a body may have."""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache, wraps
from typing import Final, TypeVar

from web.errors import NotAcceptable

LONGEST: Final = 1024
"""The most bytes of a header value that is parsed. Browsers send fewer than 256."""

T = TypeVar("T")


class MediaType(Enum):
    """The two media types of a GraphQL response, with their Content-Type."""

    JSON = b"application/json"
    GRAPHQL_RESPONSE = b"application/graphql-response+json"


def remembered(read: Callable[[bytes | None], T]) -> Callable[[bytes | None], T]:
    """Cache the results for the last 256 different header values. A value longer than `LONGEST` counts as missing."""
    kept = lru_cache(256)(read)

    @wraps(read)
    def recall(value: bytes | None) -> T:
        return kept(value if value is None or len(value) <= LONGEST else None)

    return recall


_Ranges = Mapping[bytes, float]
"""The highest quality that each media range is given."""


def negotiate(accept: bytes | None) -> MediaType:
    """The media type of the response (GraphQL over HTTP, section Accept; RFC 9110 §12.5.1).

    If the client names both with equal quality, it gets the newer type, whose status codes are meaningful. If it names
    neither, it gets `application/json`, as the specification requires of servers that also support old clients.
    """
    chosen = _chosen(accept)
    if chosen is None:
        if accept is not None and b"text/event-stream" in accept.lower():
            raise NotAcceptable(
                "Responses are not streamed as text/event-stream: accept application/graphql-response+json or "
                "application/json, and send each operation with POST."
            )
        raise NotAcceptable("Accept application/graphql-response+json or application/json.")
    return chosen


@remembered
def _chosen(accept: bytes | None) -> MediaType | None:
    """The media type, or None if the header accepts neither. None is cached too, because the error response
    negotiates again."""
    if not accept:
        return MediaType.JSON
    ranges = _ranges(accept)

    def rank(offer: MediaType) -> tuple[float, int, bool]:
        quality, precision = _match(ranges, offer.value)
        favourite = MediaType.GRAPHQL_RESPONSE if precision == 2 else MediaType.JSON
        return quality, precision, offer is favourite

    best = max(MediaType, key=rank)
    return best if rank(best)[0] > 0 else None


@remembered
def prefers_html(accept: bytes | None) -> bool:
    """Whether a browser requests a page: it names HTML and prefers it to both JSON types."""
    ranges = _ranges(accept or b"")
    quality, precision = _match(ranges, b"text/html")
    return (
        precision == 2
        and quality > 0
        and all((quality, precision) > _match(ranges, offer.value) for offer in MediaType)
    )


@remembered
def is_json(content_type: bytes | None) -> bool:
    """Whether a body is declared as `application/json`, and as UTF-8 if it names a charset."""
    kind, *parameters = (content_type or b"").lower().split(b";")
    if kind.strip() != b"application/json":
        return False
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"charset" and value.strip().strip(b'"') not in (b"utf-8", b"utf8"):
            return False
    return True


def is_form(content_type: bytes | None) -> bool:
    """Whether a body is declared as a form that may hold files, as GraphQL clients with uploads send it."""
    return (content_type or b"").lstrip().lower().startswith(b"multipart/form-data")


def _ranges(accept: bytes) -> _Ranges:
    ranges: dict[bytes, float] = {}
    for part in accept.lower().split(b","):
        kind, quality = _range(part)
        ranges[kind] = max(quality, ranges.get(kind, 0.0))
    return ranges


def _range(part: bytes) -> tuple[bytes, float]:
    kind, *parameters = part.split(b";")
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"q":
            quality = _quality(value.strip())
    return kind.strip(), quality


def _quality(value: bytes) -> float:
    try:
        quality = float(value)
    except ValueError:
        return 1.0
    return quality if 0 <= quality <= 1 else 1.0


def _match(ranges: _Ranges, offer: bytes) -> tuple[float, int]:
    """The quality of the most specific range that covers `offer`, and how specific it is: 2 by name, 1 by family, 0
    for `*/*`."""
    family = offer.partition(b"/")[0] + b"/*"
    for precision, wanted in ((2, offer), (1, family), (0, b"*/*")):
        if wanted in ranges:
            return ranges[wanted], precision
    return 0.0, 0
