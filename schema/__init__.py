"""What a client sees: one file per type, in the words of the domain. No I/O."""
