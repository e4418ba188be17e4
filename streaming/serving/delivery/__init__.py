"""Posted events and served slates onto Kafka."""
