"""The serving app: slates over HTTP that react to what a viewer just did.

It knows of recommenders only what `deciding.py` says; `pipelines.serving` hands it the ones that decide.
"""
