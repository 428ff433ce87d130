"""The runner of the benchmark: what is measured, how, and what is printed. Only the standard library."""
