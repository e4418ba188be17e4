"""The serving app: slates over HTTP that react to what a viewer just did.

It knows recommenders only by the interface in `ranking/decider.py`; `pipelines.serving` implements it.
"""
