"""Manifests: files of documents and their ids, as the tools that build web pages write them.

- GraphQL Code Generator's client preset and Relay's compiler write an object from ids to documents. An id is the hash
  of its document.
- Apollo's `generate-persisted-query-manifest` writes `{"format": "apollo-persisted-query-manifest", "version": 1,
  "operations": [{"id": …, "body": …, "name": …, "type": …}]}`.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

APOLLO_FORMAT: Final = "apollo-persisted-query-manifest"
APOLLO_VERSION: Final = 1
LONGEST_SHOWN: Final = 64
"""Characters of an id in a message."""

_HASHES = {40: hashlib.sha1, 64: hashlib.sha256}
_HEXADECIMAL = re.compile("[0-9A-Fa-f]+")


class ManifestError(Exception):
    """The manifest cannot be used; the message says why and what to do."""


def files(path: Path) -> list[Path]:
    """The manifests that a path stands for: itself, or those in a folder. Raises `ManifestError`."""
    try:
        if not path.is_dir():
            return [path]
        found = sorted(file for file in path.iterdir() if file.suffix == ".json" and not file.name.startswith("."))
    except OSError as error:
        raise ManifestError(f"The manifest {path} cannot be read: {error.strerror}.") from error
    if not found:
        raise ManifestError(f"The folder of manifests {path} has no file whose name ends in .json.")
    return found


def read(path: Path) -> Iterator[tuple[str, str]]:
    """The ids and documents of one file. Raises `ManifestError`."""
    try:
        manifest = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ManifestError(f"The manifest {path} cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise ManifestError(f"The manifest {path} is not JSON: {error}.") from error
    entries = _of_apollo(path, manifest) if isinstance(manifest, dict) and "format" in manifest else _of_map(manifest)
    if not entries or not all(isinstance(id_, str) and isinstance(text, str) for id_, text in entries):
        raise ManifestError(
            f"The manifest {path} must be an object that maps hashes to documents, or Apollo's manifest, with at least "
            "one entry."
        )
    for id_, text in entries:
        plain = plain_id(id_)
        _check_hash(path, plain, text)
        yield plain, text


def plain_id(id_: str) -> str:
    """An id without the name of its algorithm, which some clients put in front."""
    return id_.removeprefix("sha256:")


def shown(id_: str) -> str:
    """An id as a message may hold it."""
    return id_ if len(id_) <= LONGEST_SHOWN else id_[:LONGEST_SHOWN] + "…"


def _of_map(manifest: Any) -> list[tuple[Any, Any]]:
    return list(manifest.items()) if isinstance(manifest, dict) else []


def _of_apollo(path: Path, manifest: dict[str, Any]) -> list[tuple[Any, Any]]:
    if manifest["format"] != APOLLO_FORMAT or manifest.get("version") != APOLLO_VERSION:
        raise ManifestError(
            f"The manifest {path} has an unknown `format` or `version`: write a map from hashes to documents, or "
            f"{APOLLO_FORMAT} in version {APOLLO_VERSION}."
        )
    operations = manifest.get("operations")
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise ManifestError(f"The manifest {path} must have its `operations` as a list of objects.")
    return [(operation.get("id"), operation.get("body")) for operation in operations]


def _check_hash(path: Path, id_: str, text: str) -> None:
    """An id that looks like a hash must be the document's: a manifest edited by hand is found out."""
    algorithm = _HASHES.get(len(id_))
    if algorithm is None or not _HEXADECIMAL.fullmatch(id_):
        return
    if algorithm(text.encode()).hexdigest() != id_.lower():
        raise ManifestError(
            f"In the manifest {path}, {id_} is not the hash of its document: generate the manifest again."
        )
