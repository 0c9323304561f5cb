"""The settings that every command uses."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings.exceptions import SettingsError

from commands import setting_names
from commands.dotenv_file import adopt_variables, read_lines
from commands.errors import BadSettings
from dynamo.directory_lists import DirectoryList
from dynamo.settings import TableSettings
from dynamo.tables.layout import DIRECTORY_INDEX
from execution.manifest import ManifestError
from execution.settings import Limits
from execution.trusted import load
from resolvers.settings import Visibility
from web.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the environment and of `.env`, by topic."""

    server: ServerSettings
    table: TableSettings
    limits: Limits
    visibility: Visibility

    @property
    def production(self) -> bool:
        """Whether the server runs in production mode."""
        return self.server.env == "production"

    @property
    def uses_own_engine(self) -> bool:
        """Whether the local engine stores the table: only without another endpoint, and never in production."""
        return not self.production and not self.table.dynamodb_endpoint_url


def read_settings() -> Settings:
    """Read them; raises `BadSettings` that names each variable at fault, and never its value.

    What `.env` says to the AWS SDK and to OpenTelemetry is put into the environment.
    """
    file = ServerSettings.model_config.get("env_file")
    try:
        if isinstance(file, str | Path):
            _check_names(Path(file))
            adopt_variables(Path(file))
        table, limits = TableSettings(), Limits()
        # An empty value in a shell or a compose file means "not set".
        endpoint = {"dynamodb_endpoint_url": _checked_endpoint(table.dynamodb_endpoint_url or None)}
        load(*limits.documents)
        settings = Settings(ServerSettings(), table.model_copy(update=endpoint), limits, Visibility())
        return replace(settings, table=_listed(settings.table)) if settings.uses_own_engine else settings
    except ValidationError as error:
        faults = "; ".join(f"{_variable(fault['loc'])}: {_reason(fault['msg'])}" for fault in error.errors())
        raise BadSettings(f"Correct these settings in the environment or in .env – {faults}.") from error
    except ManifestError as error:
        raise BadSettings(f"{error} Correct it, or unset AUTHGRAPH_DOCUMENTS.") from error
    except OSError as error:
        raise BadSettings(f"{error.filename} cannot be read ({error.strerror}): correct it, or remove it.") from error
    except (SettingsError, UnicodeDecodeError) as error:
        raise BadSettings(f"The settings in the environment or in .env cannot be read: {error}.") from error


def _listed(table: TableSettings) -> TableSettings:
    """The settings with the directory index and all lists, unless they say otherwise. On the local engine, lists cost
    nothing, and every query works."""
    usual = {"directory_index_name": DIRECTORY_INDEX, "directory_lists": tuple(DirectoryList)}
    return table.model_copy(update={name: usual[name] for name in usual.keys() - table.model_fields_set})


def _check_names(file: Path) -> None:
    lines = read_lines(file)
    faults = [
        f"{_shown(name)} in the environment: {_proposal(meant)}"
        for name, meant in setting_names.unknown(os.environ.items()).items()
    ]
    in_file = setting_names.unknown((line.name, "") for line in lines)
    faults += [
        f"{_shown(line.name)} in line {line.number} of {file}: {_proposal(in_file[line.name])}"
        for line in lines
        if line.name in in_file
    ]
    if faults:
        raise BadSettings(f"Correct these settings – {'; '.join(faults)}.")


def _shown(name: str) -> str:
    # An editor hides the character that makes a name another one.
    return name if name.isprintable() and name.isascii() else ascii(name)


def _proposal(meant: str | None) -> str:
    return f"there is no such setting ({'README.md lists all' if meant is None else f'did you mean {meant}?'})"


def _checked_endpoint(url: str | None) -> str | None:
    # The value is never repeated, because it may contain a password.
    if url is not None and not re.fullmatch(r"https?://[^/\s@?#\\]+/?", url):
        raise BadSettings(
            "AUTHGRAPH_DYNAMODB_ENDPOINT_URL is not a URL: write it as http://127.0.0.1:8001, without a user, a "
            "path or a query. Or unset it to use AWS in production and the local engine in development."
        )
    return url


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]).upper() if location else "AUTHGRAPH_*"
    return name if name == "WEB_CONCURRENCY" else f"AUTHGRAPH_{name}"


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")
