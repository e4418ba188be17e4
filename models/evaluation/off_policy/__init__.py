"""What a policy would have earned on slates that another policy made: from their exact propensities and rewards."""
