"""Names of trusted documents in the forms of different build tools and clients."""

from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from execution.request import GraphQLRequest
from execution.trusted import load

TEXT = "{ caller { kind } }"
HASH = sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize("written", [HASH, f"sha256:{HASH}"])
@pytest.mark.parametrize("sent", [HASH, f"sha256:{HASH}"])
@pytest.mark.parametrize("way", ["documentId", "persistedQuery"])
def test_the_algorithm_may_be_named_in_front_of_a_hash_or_not(
    tmp_path: Path, written: str, sent: str, way: str
) -> None:
    manifest = tmp_path / "persisted-documents.json"
    manifest.write_bytes(orjson.dumps({written: TEXT}))
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": sent}}
    request = GraphQLRequest(document_id=sent) if way == "documentId" else GraphQLRequest(extensions=persisted)
    assert load(manifest).find(request) == TEXT
