"""Composition: train, evaluate, promote, publish, report; and the command line."""
