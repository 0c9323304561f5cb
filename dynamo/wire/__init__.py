"""To DynamoDB and back: connections, signatures, attempts, attribute values, responses, and reads that are shared."""
