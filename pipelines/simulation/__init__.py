"""All that knows the simulator: the audience's part of the loop, its hidden taste, and studies against it."""
