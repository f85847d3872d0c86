"""Marks of the tests. `-m cuda` runs those alone for which a GPU is needed, or makes a difference."""

import os

# Else jax takes most of a GPU's memory for itself when it starts, and torch is tested beside it.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def pytest_configure(config):
    config.addinivalue_line("markers", "cuda: of a GPU, where there is one")
