"""The example queries of GraphiQL and of the terminal. They work in this order on an empty table."""

from typing import Final

from web.graphiql import Example

CALLER: Final = Example(
    "Who am I to this server?",
    """\
query Caller {
  caller {
    kind
    scopes
  }
}
""",
)
REGISTER: Final = Example(
    "Register a user, an account and a session at once.",
    """\
mutation Register($input: RegisterUserInput!) {
  registerUser(input: $input) {
    user { id userId name email }
    account { provider providerAccountId }
    session { expires token }
    userErrors { code message path }
  }
}
""",
    {
        "input": {
            "user": {"userId": "grace", "name": "Grace Example", "email": "grace@demo.example"},
            "account": {"provider": "github", "providerAccountId": "1906", "type": "oauth"},
            "session": {},
        }
    },
)
CREATE: Final = Example(
    "Create a user. Run it with another userId: `TAKEN`.",
    """\
mutation Create($input: CreateUserInput!) {
  createUser(input: $input) {
    user { id userId name email attributes }
    userErrors { code message path }
  }
}
""",
    {
        "input": {
            "userId": "ada",
            "name": "Ada Example",
            "email": "ada@demo.example",
            "attributes": {"locale": "en-GB"},
        }
    },
)
LIST: Final = Example(
    "List users with their accounts and sessions.",
    """\
query Users {
  users(first: 10) {
    nodes {
      userId
      name
      email
      accounts { nodes { provider providerAccountId } }
      sessions { nodes { expires expired } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
""",
)
LOOKUP: Final = Example(
    "Look up a user by email, userId, id or account.",
    """\
query Lookup($by: UserBy!) {
  user(by: $by) {
    userId
    name
    email
    emailVerified
    disabled { at until reason }
  }
}
""",
    {"by": {"email": "ada@demo.example"}},
)

EXAMPLES: Final = (CALLER, CREATE, REGISTER, LIST, LOOKUP)
READING_EXAMPLES: Final = (CALLER, LIST, LOOKUP)
"""For production, where nobody creates a user by a click on an example."""

PASTE: Final = """\
mutation Create {
  createUser(input: { userId: "ada", name: "Ada Example", email: "ada@demo.example" }) {
    user { id userId name email }
    userErrors { code message path }
  }
}

query Lookup {
  user(by: { email: "ada@demo.example" }) { userId name accounts { nodes { provider } } }
}
"""
"""Two operations for one editor, which need no variables."""
