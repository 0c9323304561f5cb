"""HTTP: from an ASGI scope to a GraphQLRequest, and from an Outcome to the bytes of a response."""
