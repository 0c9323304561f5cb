"""DynamoDB Local for development and tests, and the folder with its data."""
