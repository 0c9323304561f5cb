"""The Auth.js single table in DynamoDB: keys, items, repositories, the doctor. Knows nothing of GraphQL."""
