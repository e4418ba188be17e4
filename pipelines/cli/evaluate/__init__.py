"""`cineloop evaluate`: models measured by hand, each on its own data or in the simulator."""
