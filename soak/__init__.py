"""Long experiments: faults, kills, overload, stalls and races against a real server, until something breaks."""
