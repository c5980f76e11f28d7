"""How good predictions and lists are on ratings that were held out: splits, baselines, metrics, intervals."""
