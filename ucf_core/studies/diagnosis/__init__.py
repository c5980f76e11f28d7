"""What averages hide: hubs, similarity distributions, recall by profile, popularity bias.

In: an `Explorer` and a sample of users. Out: a `Diagnosis`.
"""
