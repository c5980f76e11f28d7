"""How good neighbours are: index recall against exact search, and overlap between lists."""
