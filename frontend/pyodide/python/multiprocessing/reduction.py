"""How messages between interpreters are made: pickle, as everywhere."""

import pickle


class ForkingPickler(pickle.Pickler):
    """The pickler that multiprocessing names so."""

    @staticmethod
    def dumps(message, protocol=None):
        return pickle.dumps(message, protocol)

    loads = staticmethod(pickle.loads)
