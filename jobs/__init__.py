"""Spark jobs: pure functions from DataFrames to a DataFrame, each with a `main` that spark-submit runs."""
