"""Calculus: rules compiled from the operator table, the sweep, and the read-off."""
