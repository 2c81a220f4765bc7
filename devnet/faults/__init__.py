"""What can be done to a network from outside, and what a scenario may ask of a world."""
