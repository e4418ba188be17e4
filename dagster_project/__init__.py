"""Dagster assets, checks, sensors and schedules: a thin layer over `pipelines`."""
