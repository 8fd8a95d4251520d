"""Resource records as XML: VOResource 1.2, VODataService 1.2 and what extends them."""
