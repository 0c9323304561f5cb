"""The templates of `deploy/`, each checked with the tool that reads it."""
