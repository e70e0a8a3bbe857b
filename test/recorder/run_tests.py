"""Runs the unittest modules beside this file, or those that the arguments name, and says how many passed."""

import faulthandler
import platform
import sys
import time
import unittest
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

PATIENCE_S = 300
"""A test that takes longer hangs: where it stands is printed, and the run ends."""


class Result(unittest.TextTestResult):
    """Ends a run that hangs."""

    def startTest(self, test: unittest.TestCase) -> None:
        faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
        super().startTest(test)

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        faulthandler.cancel_dump_traceback_later()


def main() -> int:
    loader = unittest.TestLoader()
    names = sys.argv[1:]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE), "test_*.py")
    started = time.monotonic()
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=1, resultclass=Result).run(suite)
    seconds = time.monotonic() - started
    # A test with several subtests counts once, however many of them fail.
    failures = [*result.failures, *result.errors, *((test, "") for test in result.unexpectedSuccesses)]
    failed = len({getattr(test, "test_case", test).id() for test, _ in failures})
    skipped = len(result.skipped)
    passed = result.testsRun - failed - skipped
    version = torch.__version__.split("+")[0]
    for test, reason in result.skipped:
        print(f"skipped with PyTorch {version}: {test.id()}: {reason}")
    print(
        f"PyTorch {version} (Python {platform.python_version()}): "
        f"{passed} passed, {failed} failed, {skipped} skipped, {seconds:.0f} s"
    )
    print(f"normscope-tests recorder-{version}: {passed} passed, {failed} failed", flush=True)
    return 1 if failed > 0 or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
