"""Neighbour indexes: one protocol, several engines."""
