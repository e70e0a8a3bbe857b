"""A short soak; `python3 test/recorder/soak.py` runs the long one and prints its table."""

import subprocess
import sys
import unittest
from pathlib import Path


class Soak(unittest.TestCase):
    def test_of_some_hundred_steps_trains_like_its_twin_and_leaves_no_wrong_file(self) -> None:
        script = Path(__file__).with_name("soak.py")
        command = [sys.executable, str(script), "600", "3"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180, check=False, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
