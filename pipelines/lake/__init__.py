"""The lake without Spark: Delta tables, the frames that models read, suites over tables, outboxes of decisions."""
