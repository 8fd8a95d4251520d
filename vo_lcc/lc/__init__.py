"""One object's light curve, in every format."""
