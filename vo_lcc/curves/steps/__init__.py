"""What can be done to light curves on their way: each a `Step`, one after another."""
