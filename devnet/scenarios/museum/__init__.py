"""The bridge museum: how bridges were robbed, on contracts with that one flaw and on ours."""
