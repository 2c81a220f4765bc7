"""The devnet command: parse, call one function of the world, print."""
