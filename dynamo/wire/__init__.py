"""The protocol of DynamoDB: connections, signatures, attempts, attribute values, responses, and shared reads."""
