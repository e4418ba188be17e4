"""Real data sets as events: one file for each form, and `recognise` to tell them apart."""
