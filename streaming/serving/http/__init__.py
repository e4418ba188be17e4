"""HTTP: routes, middlewares, API keys, limits, responses, problem documents."""
