"""From a GraphQL request to the bytes of its response: documents, limits, permissions, execution."""
