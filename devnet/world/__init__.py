"""A network that runs: stages, live and lockstep, snapshots, the control API."""
