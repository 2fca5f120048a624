"""Programs with indices on arrays: an index is a leading axis, a statement a line, a recurrence a loop."""
