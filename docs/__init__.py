"""The documentation, with what writes its generated pages."""
