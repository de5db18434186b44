"""Memory depends on the largest record, not on the file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from dreamdesk.intake.opening import open_source
count = sum(1 for _ in open_source(Path(sys.argv[1])).episodes())
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(count, peak.split()[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_a_large_array_is_read_through_a_window(tmp_path):
    message = {"role": "user", "content": "x" * 200_000}
    element = json.dumps({"task_id": 1, "reward": 1, "info": {}, "traj": [message]})
    path = tmp_path / "large.json"
    with path.open("w") as file:
        file.write("[" + element)
        for _ in range(799):
            file.write("," + element)
        file.write("]")
    assert path.stat().st_size > 160_000_000
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True)
    count, peak = map(int, run.stdout.split())
    assert count == 800
    assert peak < 100_000  # kB
