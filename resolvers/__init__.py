"""What each operation does: who may use it, which loader reads for it, and which module of `dynamo` writes for it."""
