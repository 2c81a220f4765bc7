"""A running chain: geth driven through the Engine API, its mempool, clock, front and links."""
