"""Forecasting tasks: cases for a question about grosses, and the stack that is fitted to them. One task a file."""
