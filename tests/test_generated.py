"""What is generated from the code is what would be generated now, and `make generate` repairs what is not."""

from pathlib import Path

import pytest
from pydantic import Field
from pydantic_settings import BaseSettings

from docs import generated, settings_reference
from docs.generated import main


def test_every_generated_file_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("before", [None, "old"], ids=["missing", "stale"])
def test_a_file_that_is_not_is_named_and_then_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], before: str | None
) -> None:
    file, fresh = tmp_path / "page.md", tmp_path / "fresh.md"
    fresh.write_text("as it should be")
    if before is not None:
        file.write_text(before)
    monkeypatch.setattr(generated, "files", lambda: iter([(file, "new"), (fresh, "as it should be")]))

    assert main(["--check"]) == 1
    assert capsys.readouterr().err == "page.md is out of date: run `make generate`.\n"
    assert not file.exists() if before is None else file.read_text() == before

    assert main([]) == 0
    assert capsys.readouterr().out == "Wrote page.md.\n"
    assert file.read_text() == "new"
    assert main(["--check"]) == 0


class Settings(BaseSettings):
    """One setting of each kind of default."""

    number: float = Field(10.0, description="a number")
    switch: bool = Field(True, description="a switch")
    nothing: str | None = Field(None, description="a text")
    told: str | None = Field(None, description="a text", json_schema_extra={"by_default": "found out"})


def test_a_setting_is_a_row_with_its_default_as_one_sets_it() -> None:
    assert settings_reference.table(Settings).splitlines()[2:] == [
        "| `NUMBER` | `10` | a number |",
        "| `SWITCH` | `true` | a switch |",
        "| `NOTHING` | – | a text |",
        "| `TOLD` | found out | a text |",
    ]


def test_a_setting_without_a_description_is_refused() -> None:
    class Bare(BaseSettings):
        """A setting nobody can know."""

        bare: int = 1

    with pytest.raises(ValueError, match="bare has no description"):
        settings_reference.table(Bare)


def test_a_page_without_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no table under \*\*Server\*\*"):
        settings_reference.filled("# A page\n")
