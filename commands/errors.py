"""Why a command failed without changing anything, in one sentence that says what to do.

CommandError
├── BadSettings            a setting is missing, or is not what it must be
├── AddressUnusable        the server cannot listen where it was told to
├── FileUnusable           a file cannot be read or written
├── EngineLost             the local engine ended again and again under the server
├── FileStale              a generated file is not up to date
└── Refused                the command is not for this environment or this input
"""


class CommandError(Exception):
    """The message is the sentence that is printed."""


class BadSettings(CommandError):
    """A setting is missing, or is not what it must be."""


class AddressUnusable(CommandError):
    """The server cannot listen where it was told to."""


class FileUnusable(CommandError):
    """A file cannot be read or written."""


class EngineLost(CommandError):
    """The local engine ended again and again under the server."""


class FileStale(CommandError):
    """A generated file is not what would be generated now."""


class Refused(CommandError):
    """The command is not for this environment or this input."""
