"""Files a network is made of: run directory, genesis, compiled contracts."""
