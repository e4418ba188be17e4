"""The serving app's wiring: the lake's histories, the registry's models and the policy, behind its interfaces."""
