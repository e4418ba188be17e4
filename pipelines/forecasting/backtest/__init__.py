"""The daily forecaster over the past: what it would have said at the end of each week."""
