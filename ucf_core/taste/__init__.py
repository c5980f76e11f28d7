"""Taste: titles that are searched as one types, exports of other services, and profiles that are no user's."""
