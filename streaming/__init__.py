"""The border with the world: event types, topics, codec, broker, producers, consumers, replay, audience."""
