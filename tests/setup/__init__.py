"""What `make` does before the project's packages are there."""
