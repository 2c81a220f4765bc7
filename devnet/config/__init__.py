"""What the user wrote (Manifest), and the network it resolves to (Devnet)."""
