"""UCF Explorer's core: user-based collaborative filtering, from ratings to recommendations.

    import ucf_core as ucf

    ratings = ucf.load_ratings("sample")
    explorer = ucf.Explorer(ratings)
    explorer.neighbours(1, k=50, dim=64, ef=128).to_frame()
    explorer.recommend(1, n=10).to_frame()

Names are imported when first used, so that `import ucf_core` costs milliseconds.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
