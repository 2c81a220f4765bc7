"""``python -m devnet.cli`` is the ``devnet`` command."""

from devnet.cli import main

main()
