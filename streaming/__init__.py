"""Input and output: event types, Kafka, data sets and their replay, the serving app, the simulated audience."""
