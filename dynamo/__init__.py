"""The Auth.js single table in DynamoDB: keys, items, repositories, lifecycle. Knows nothing of GraphQL."""
