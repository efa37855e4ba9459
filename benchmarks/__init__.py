"""How long things take beside the least that they could: `make bench`, or `python -m benchmarks NAME ...`."""
