"""Off-policy evaluation: the value of a policy on slates that another one made, from exact propensities and rewards."""
