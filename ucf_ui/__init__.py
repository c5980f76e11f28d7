"""What the pages share: guard, state, controls, caches, figures and tables."""
