"""Parts of the Recommendations page: the evidence for a film, and what would change its rank.

In: `Recommendations` and an `Explanation`. Out: what is drawn.
"""
