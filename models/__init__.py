"""Recommenders and forecasters over arrays and frames; they know no Kafka, no Spark and no orchestrator."""
