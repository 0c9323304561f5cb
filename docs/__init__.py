"""The documentation, and the programs that generate some of its pages."""
