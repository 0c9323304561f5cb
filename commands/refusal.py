"""What happens to the errors of a command: one sentence on standard error, and the exit status 2."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from commands.errors import CommandError
from dynamo.errors import DynamoError

EXIT_CODE: Final = 2


def refuse(sentence: str) -> NoReturn:
    """Print the sentence and end the process."""
    sys.stderr.write(f"authgraph: {sentence}\n")
    sys.exit(EXIT_CODE)


@contextmanager
def refused_errors() -> Iterator[None]:
    """Refuse the errors of commands and of the table."""
    try:
        yield
    except (CommandError, DynamoError) as error:
        refuse(str(error))
