"""The drawings of the report and of verbs."""
