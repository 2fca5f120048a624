"""SymPy expressions in and out. SymPy is imported only when one of these modules is."""
