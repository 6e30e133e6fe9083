"""Entry of the process that runs the user's app under watch: ``python stanch_main.py``.

It is started by path, so that ``sys.path[0]`` is this directory and no file of the user's own (a ``logging.py``, say)
stands before the standard library while the watch is set up.
"""

from __future__ import annotations

from stanch_runner.run import main

if __name__ == "__main__":
    main()
