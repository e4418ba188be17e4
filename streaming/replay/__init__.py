"""Real data sets onto the topics."""
