"""A whole Mosaic network on one machine: real geth, real contracts, repeatable to the block hash."""
