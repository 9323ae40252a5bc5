"""The parts of dw-bench; see bench/README.md."""
