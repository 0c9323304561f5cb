"""The single table of Auth.js in DynamoDB: keys, items, reads, writes and the doctor. Nothing here knows GraphQL."""
