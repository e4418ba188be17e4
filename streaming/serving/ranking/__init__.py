"""Deciders, the service that asks them for slates, and the reload of models."""
