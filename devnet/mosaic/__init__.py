"""The protocol as pure functions: votes, offences, finality, transitions, headers, proofs. No I/O."""
