"""Maps of all users in two dimensions: where everybody is, how the crowd spreads, and how far to trust the picture."""
