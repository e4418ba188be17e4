"""HTTP: routes, keys, limits, answers, problems."""
