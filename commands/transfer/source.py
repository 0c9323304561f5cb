"""The systems whose files can be imported."""

from enum import Enum


class Source(Enum):
    """The system that wrote a file."""

    EXPORT = "export"
    AUTH0 = "auth0"
    CLERK = "clerk"
    COGNITO = "cognito"
    PRISMA = "prisma"
    FIREBASE = "firebase"
