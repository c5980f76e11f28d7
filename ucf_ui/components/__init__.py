"""Browser components of our own: each is a Python wrapper with its .html, .css and .js beside it."""
