"""Real data sets as events: one file for each family of forms, and `recognise` to tell them apart."""
