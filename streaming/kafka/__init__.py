"""Kafka: topics, codec, admin, producer, consumer, dead letters."""
