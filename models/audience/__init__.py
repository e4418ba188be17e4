"""What the audience likes, by segment: what may be told of it, and what rises and falls."""
