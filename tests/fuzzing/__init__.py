"""Random models with values of their own, to find wrong answers of the engine."""
