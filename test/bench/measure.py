"""Runs a command; prints its wall time and processor time in seconds and its peak memory in bytes as JSON. Its output goes to a file.

usage: measure.py OUTPUT COMMAND...
"""

import json
import resource
import subprocess
import sys
import time

with open(sys.argv[1], "wb") as output:
    start = time.perf_counter()
    code = subprocess.run(sys.argv[2:], stdout=output).returncode
    seconds = time.perf_counter() - start
# In kilobytes on Linux, in bytes on macOS.
used = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"code": code, "seconds": seconds, "peak": peak, "cpu": used.ru_utime + used.ru_stime}))
