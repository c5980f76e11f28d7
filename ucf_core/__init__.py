"""UCF Explorer's core: user-based collaborative filtering, from ratings to recommendations."""
