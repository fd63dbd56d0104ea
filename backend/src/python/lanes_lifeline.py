"""Ends a process and all it started when whoever started it is gone.

It needs nothing but the standard library, and Python 3.9.
"""

import os
import threading


def die_with_parent():
    """Ends this process and all it started when whoever started it is gone: the pipe to it then ends."""
    lifeline = os.dup(0)
    # Nobody answers a program that asks.
    nobody = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nobody, 0)
    os.close(nobody)

    def wait():
        try:
            while os.read(lifeline, 64):
                pass
        finally:
            try:
                # Whoever made this folder is not there any more to remove it.
                folder = os.path.dirname(os.path.abspath(__file__))
                if os.path.basename(folder).startswith("lanes-python-"):
                    import shutil

                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.killpg(0, 9)

    threading.Thread(target=wait, name="lanes-lifeline", daemon=True).start()
