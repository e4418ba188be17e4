"""Which model version serves: the gate, A/B tests, drift, and the one way to promote."""
