"""Models with indices as programs: statements between families, without sums inside of them."""
