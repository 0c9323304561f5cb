"""Trusted documents: with a manifest, no other document is executed or even parsed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from execution.manifest import ManifestError, files, plain_id, read, shown
from execution.persisted_queries import is_hash_of, persisted_name
from execution.request import GraphQLRequest


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """The documents of all manifests by their ids."""

    documents: Mapping[str, str]
    texts: frozenset[str]

    def find(self, request: GraphQLRequest) -> str | None:
        """The text of the document a request names or brings along; None if it is in no manifest.

        Raises `InvalidPersistedQuery`.
        """
        id_ = document_id(request)
        if not request.query:
            return self.documents.get(id_) if id_ is not None else None
        if request.query not in self.texts:
            return None
        fits = id_ is None or self.documents.get(id_) == request.query or is_hash_of(id_, request.query)
        return request.query if fits else None


def document_id(request: GraphQLRequest) -> str | None:
    """What a request names its document by: as `documentId`, or as Apollo's clients do.

    Raises `InvalidPersistedQuery`.
    """
    name = request.document_id
    if name is None:
        name = persisted_name(request.extensions)
    return plain_id(name) if name is not None else None


def load(*paths: Path) -> TrustedDocuments:
    """Read manifests; a path is one, or a folder of them. Raises `ManifestError`.

    Several may hold the same document, as those of two builds of one page do.
    """
    documents: dict[str, str] = {}
    sources: dict[str, Path] = {}
    for file in (file for path in paths for file in files(path)):
        for id_, text in read(file):
            if documents.setdefault(id_, text) != text:
                raise ManifestError(
                    f"The id {shown(id_)} has one document in the manifest {sources[id_]} and another one in {file}: "
                    "generate both again."
                )
            sources.setdefault(id_, file)
    return TrustedDocuments(documents, frozenset(documents.values()))
