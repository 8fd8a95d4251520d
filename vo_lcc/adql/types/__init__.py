"""What each expression is, and what is wrong with it."""
