"""What values are: kinds, units, what several have in common."""
