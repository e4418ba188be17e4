"""Outlooks: forecasts corrected and calibrated by earlier errors, as quantiles and contributions in dollars."""
