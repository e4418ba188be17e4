"""Forecasts of the box office: films in release, films before they open, the market, and the past."""
