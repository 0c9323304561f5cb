"""Attacks on the HTTP front, byte by byte over real sockets."""
