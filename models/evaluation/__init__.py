"""How models are measured: metrics, experiments, off-policy values."""
