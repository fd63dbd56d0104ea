"""Starts a program of Lanes with its steps timed; see lanes_trace.py.

A worker process that is started anew imports its parent's main module, which is this one, and with it the program.
"""

import importlib
import os
import sys

import lanes_trace

PROGRAM = os.environ["LANES_PROGRAM"]

if __name__ == "__main__":
    sys.argv[0] = os.environ["LANES_PROGRAM_PATH"]
    lanes_trace.main(PROGRAM)
elif __name__ == "__mp_main__":
    importlib.import_module(PROGRAM)
