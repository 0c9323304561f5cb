"""What `make` runs before the packages of the project are there: the standard library alone."""
