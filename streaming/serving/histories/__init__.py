"""ViewerHistories' histories: from the lake, and from the topic since."""
