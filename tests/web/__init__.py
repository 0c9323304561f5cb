"""What the transport does, seen from outside."""
