"""The assets, a file a group. Data flows: streaming, lake, features, models, decisions, feedback; history
looks back, outside of any cycle.
"""
