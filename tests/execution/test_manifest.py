"""Manifests of trusted documents, as different tools write them, one or several at once."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from commands.documents import check
from execution.manifest import ManifestError
from execution.request import GraphQLRequest
from execution.settings import Limits
from execution.trusted import load
from tests.processes import refusal, run

OLD = "query Old { caller { kind } }"
NEW = "query New { caller { kind } }"


def sha256(text: str) -> str:
    """The id that the tools give a document."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha1(text: str) -> str:
    """The id that the client preset gives one by default."""
    return hashlib.sha1(text.encode()).hexdigest()


def md5(text: str) -> str:
    """The id that Relay gives one by default."""
    return hashlib.md5(text.encode()).hexdigest()


def operation(id_: Any, body: Any) -> dict[str, Any]:
    """An operation as Apollo's tool writes it."""
    return {"id": id_, "name": "Any", "type": "query", "body": body}


def apollo(*operations: Any, **changed: Any) -> dict[str, Any]:
    """The manifest that Apollo's `generate-persisted-query-manifest` writes."""
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": list(operations)} | changed


def write(file: Path, content: object) -> Path:
    """A file with this in it."""
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


FORMS = {
    "code generation with SHA-256": ({sha256(NEW): NEW}, sha256(NEW)),
    "code generation with the name of the algorithm": ({f"sha256:{sha256(NEW)}": NEW}, sha256(NEW)),
    "code generation with SHA-1": ({sha1(NEW): NEW}, sha1(NEW)),
    "Relay with MD5": ({md5(NEW): NEW}, md5(NEW)),
    "Apollo": (apollo(operation(sha256(NEW), NEW)), sha256(NEW)),
    "Apollo with ids of the app": (apollo(operation("new/7", NEW)), "new/7"),
    "Apollo with ids of 64 characters that are no hash": (apollo(operation("new/" * 16, NEW)), "new/" * 16),
    "Apollo for several clients": (
        apollo(*({**operation("7", NEW), "clientName": name} for name in ("web", "phone"))),
        "7",
    ),
}


@pytest.mark.parametrize("way", ["documentId", "persistedQuery"])
@pytest.mark.parametrize("form", FORMS)
def test_a_document_is_found_by_its_id(tmp_path: Path, form: str, way: str) -> None:
    content, id_ = FORMS[form]
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": id_}}
    request = GraphQLRequest(document_id=id_) if way == "documentId" else GraphQLRequest(extensions=persisted)
    trusted = load(write(tmp_path / "manifest.json", content))
    assert trusted.find(request) == NEW
    assert trusted.find(GraphQLRequest(NEW)) == NEW


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not JSON"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "is not JSON"),
        ("[]", "must be an object"),
        ("{}", "with at least one"),
        ({sha256(NEW): 1}, "must be an object that maps hashes to documents"),
        ({sha256(NEW): NEW + " "}, "is not the hash of its document"),
        ({sha1(NEW): OLD}, "is not the hash of its document"),
        (apollo(), "with at least one entry"),
        (apollo("text"), "`operations` as a list of objects"),
        (apollo(operations={sha256(NEW): NEW}), "`operations` as a list of objects"),
        (apollo(operation(sha256(NEW), NEW), version=2), "unknown `format` or `version`"),
        (apollo(operation(sha256(NEW), NEW), format="apollo"), "unknown `format` or `version`"),
        (apollo(operation(None, NEW)), "must be an object"),
        (apollo(operation(sha256(NEW), None)), "must be an object"),
        (apollo({}), "must be an object"),
        (apollo(operation(sha256(NEW), OLD)), "is not the hash of its document"),
        (apollo(operation("7", NEW), operation("7", OLD)), "The id 7 has one document"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, content: object, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        load(write(tmp_path / "manifest.json", content))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"nowhere\.json cannot be read"):
        load(tmp_path / "nowhere.json")


def test_documents_of_an_old_and_a_new_page_are_trusted_together(tmp_path: Path) -> None:
    """Whatever tool made either, and where both hold the same document."""
    old = write(tmp_path / "old.json", {sha256(OLD): OLD, sha256(NEW): NEW})
    new = write(tmp_path / "new.json", apollo(operation(sha256(NEW), NEW)))
    assert load(old, new).documents == {sha256(OLD): OLD, sha256(NEW): NEW}


def test_a_folder_stands_for_the_manifests_in_it(tmp_path: Path) -> None:
    """Files that editors and mounts leave beside them are no manifests."""
    write(tmp_path / "old.json", {sha256(OLD): OLD})
    write(tmp_path / "new.json", {sha256(NEW): NEW})
    write(tmp_path / ".new.json", "half a manifest")
    write(tmp_path / "README.md", "Manifests.")
    (tmp_path / "older").mkdir()
    assert load(tmp_path).documents == {sha256(OLD): OLD, sha256(NEW): NEW}


def test_a_folder_without_manifests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"has no file whose name ends in \.json"):
        load(tmp_path)


def test_one_id_with_two_documents_is_refused(tmp_path: Path) -> None:
    one = write(tmp_path / "one.json", apollo(operation("7", OLD)))
    two = write(tmp_path / "two.json", {"7": NEW})
    with pytest.raises(ManifestError) as raised:
        load(one, two)
    assert str(raised.value) == (
        f"The id 7 has one document in the manifest {one} and another one in {two}: generate both again."
    )


@pytest.mark.parametrize("written", ["old.json,new.json", " old.json , new.json,"])
def test_the_setting_is_a_list(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("AUTHGRAPH_DOCUMENTS", written)
    assert Limits(_env_file=None).documents == (Path("old.json"), Path("new.json"))


def test_without_the_setting_no_document_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTHGRAPH_DOCUMENTS", raising=False)
    assert Limits(_env_file=None).documents == ()


@pytest.mark.parametrize(
    ("files", "setting", "sentence"),
    [
        ({"one.json": {"7": OLD}, "two.json": {"7": NEW}}, "one.json,two.json", "The id 7 has one document in the"),
        ({"one.json": {"7": OLD}, "two.json": {"7": NEW}}, ".", "The id 7 has one document in the"),
        ({"one.json": {"7": OLD}}, "one.json,two.json", "The manifest two.json cannot be read"),
        ({"one.json": {"7": OLD}, "two.json": "{"}, ".", "The manifest two.json is not JSON"),
        ({}, ".", "has no file whose name ends in .json"),
    ],
)
def test_misuse_stops_the_start(tmp_path: Path, files: dict[str, object], setting: str, sentence: str) -> None:
    """In one line that says what is wrong and names the setting."""
    for name, content in files.items():
        write(tmp_path / name, content)
    said = refusal(run(tmp_path, "serve", AUTHGRAPH_DOCUMENTS=setting, AUTHGRAPH_PORT="0"))
    assert sentence in said
    assert said.endswith("Correct it, or unset AUTHGRAPH_DOCUMENTS.")


def test_a_check_takes_several_manifests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = write(tmp_path / "one.json", {sha256(OLD): OLD})
    two = write(tmp_path / "two.json", apollo(operation(sha256(NEW), NEW)))
    check([one, two])
    shown = capsys.readouterr().out
    assert "query Old" in shown
    assert "query New" in shown
