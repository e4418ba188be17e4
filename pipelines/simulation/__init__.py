"""What only the simulator can tell: the audience's part of the loop, its hidden truth, and studies against it."""
