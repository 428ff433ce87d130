"""The runner of the benchmark: measurements, their conditions and their output. Only the standard library."""
