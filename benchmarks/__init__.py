"""Scripts that print every figure in the docs; each compares with a floor or a peer in the same run."""
