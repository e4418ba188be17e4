"""The embedded broker: one Kafka node in one folder."""
