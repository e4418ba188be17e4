"""Recommendations: train, evaluate, decide which slates are shown, explain them."""
