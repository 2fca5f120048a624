"""What people ask of models with indices: derivations, whether two are equal, code."""
