"""HTTP: from an ASGI scope to a GraphQLRequest, and from an Outcome to bytes on the wire."""
