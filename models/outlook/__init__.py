"""Outlooks: an estimator's forecasts with what its earlier errors teach, as quantiles and reasons in dollars."""
