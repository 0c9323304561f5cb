"""Trusted documents: with a manifest, no other document is executed or even parsed.

The manifest is what GraphQL Code Generator's client preset writes as `persisted-documents.json`: an object from the
hash of each document to its text.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from execution.request import GraphQLRequest

_HASHES = {40: hashlib.sha1, 64: hashlib.sha256}


class ManifestError(Exception):
    """The manifest cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """The documents of a manifest by their hashes."""

    documents: Mapping[str, str]
    texts: frozenset[str]

    def find(self, request: GraphQLRequest) -> str | None:
        """The text of the document a request names by hash or brings along; None if it is not in the manifest."""
        name = document_id(request)
        if name is not None:
            text = self.documents.get(name)
            return text if request.query in (None, "", text) else None
        return request.query if request.query in self.texts else None


def document_id(request: GraphQLRequest) -> str | None:
    """The hash a request names: as `documentId`, or as Apollo's clients do."""
    if request.document_id is not None:
        return _plain(request.document_id)
    persisted: Any = (request.extensions or {}).get("persistedQuery")
    found = persisted.get("sha256Hash") if isinstance(persisted, Mapping) else None
    return _plain(found) if isinstance(found, str) else None


def _plain(name: str) -> str:
    """A hash without the name of its algorithm, which some clients put in front."""
    return name.removeprefix("sha256:")


def load(path: Path) -> TrustedDocuments:
    """Read a manifest; raises `ManifestError`."""
    try:
        manifest = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ManifestError(f"The manifest {path} cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise ManifestError(f"The manifest {path} is not JSON: {error}.") from error
    if not isinstance(manifest, dict) or not manifest or not all(isinstance(v, str) for v in manifest.values()):
        raise ManifestError(
            f"The manifest {path} must be an object that maps hashes to documents, with at least one entry."
        )
    documents = {_plain(name): text for name, text in manifest.items()}
    for name, text in documents.items():
        _check_hash(path, name, text)
    return TrustedDocuments(documents, frozenset(documents.values()))


def _check_hash(path: Path, name: str, text: str) -> None:
    """A name that looks like a hash must be the document's: a manifest edited by hand is found out."""
    algorithm = _HASHES.get(len(name))
    if algorithm is not None and algorithm(text.encode()).hexdigest() != name.lower():
        raise ManifestError(
            f"In the manifest {path}, {name} is not the hash of its document: generate the manifest again."
        )
