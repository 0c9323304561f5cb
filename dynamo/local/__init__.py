"""DynamoDB Local for development and tests, and the folder that holds its data."""
