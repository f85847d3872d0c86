"""Arrays of frameworks that are neither torch nor NumPy."""

import numpy as np


class Producer:
    """The least that DLPack asks for."""

    def __init__(self, x):
        self.x = x
        self.shape = x.shape

    def __dlpack__(self, **arguments):
        return self.x.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self.x.__dlpack_device__()


class ArrayApiProducer(Producer):
    """As JAX and CuPy: with an array-API namespace."""

    def __array_namespace__(self):
        return Namespace


class Namespace:
    @staticmethod
    def from_dlpack(x):
        return ArrayApiProducer(np.from_dlpack(x))

    @staticmethod
    def moveaxis(x, source, destination):
        return ArrayApiProducer(np.moveaxis(x.x, source, destination))

    @staticmethod
    def asarray(x, copy):
        assert copy
        return ArrayApiProducer(x.x.copy())
