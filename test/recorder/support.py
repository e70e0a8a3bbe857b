"""What the recorder's tests share: the networks of the fixtures, a plain reader, and the report command."""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import traceback
import unittest
import warnings
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import torch
from torch import Tensor, nn

# Threads of OpenMP do not survive a fork, with or without the recorder, and several tests fork.
torch.set_num_threads(1)

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "test/fixtures/recorder"
sys.path[:0] = [str(ROOT / "media/recorder"), str(FIXTURES)]

import normscope  # noqa: E402, F401
from networks import ConvNet, ResidualBlock, Transformer  # noqa: E402, F401
from normscope import Recorder  # noqa: E402

DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "U8": torch.uint8}


def read_dump(path: Path) -> Tuple[Dict[str, Any], Dict[str, Tensor]]:
    """A dump's ``normscope`` metadata and its tensors, in the order of its header."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = json.loads(header.pop("__metadata__")["normscope"])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(content[start + begin : start + end]), dtype=DTYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return metadata, tensors


def report(folder: Path, *options: str) -> Dict[str, Any]:
    """What the panel's own code makes of a run."""
    command = ["node", str(ROOT / "dist/report.js"), str(folder), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        raise AssertionError(done.stderr.decode())
    return json.loads(done.stdout)


def in_child(run: Callable[[], None], seconds: int = 60) -> int:
    """Runs a function in a forked process and gives its exit code; -SIGALRM if it takes longer than ``seconds``."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(seconds)
            run()
            code = 0
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class RecorderTest(unittest.TestCase):
    """A test with a folder for its run, a fixed seed, and the warnings that were given."""

    def setUp(self) -> None:
        # The writer of a test with a stuck disk may still write while the folder is removed.
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.folder = self.home / "run"
        caught = warnings.catch_warnings(record=True)
        self.warned = caught.__enter__()
        self.addCleanup(caught.__exit__, None, None, None)
        warnings.simplefilter("always")
        torch.manual_seed(3)
        random.seed(3)

    def messages(self) -> List[str]:
        return [str(each.message) for each in self.warned if str(each.message).startswith("normscope: ")]

    def files(self) -> List[str]:
        return sorted(os.listdir(self.folder)) if self.folder.is_dir() else []

    def dump(self, step: int = 0) -> Tuple[Dict[str, Any], Dict[str, Tensor]]:
        return read_dump(self.folder / f"step_{step:06d}.safetensors")

    def record(self, model: nn.Module, run: Callable[[nn.Module], Any], **options: Any) -> Dict[str, Tensor]:
        """Records one step of ``run`` in float32 and gives its tensors."""
        options.setdefault("dtype", "float32")
        with Recorder(model, self.folder, **options) as recorder:
            run(model)
            recorder.step(0)
        return self.dump()[1]

    def sidecar(self) -> Dict[str, Any]:
        return json.loads((self.folder / "normscope.json").read_text(encoding="utf-8"))


class ReportedTest(RecorderTest):
    """A test of what the report finds."""

    def found(
        self,
        model: nn.Module,
        batch: Callable[[int], Tensor],
        steps: int = 6,
        before: Callable[[int], Any] = lambda step: None,
        learns: bool = False,
        **options: Any,
    ) -> List[Dict[str, Any]]:
        """The findings of some steps in float32, without where layers first moved; consequences included."""
        optimizer = torch.optim.SGD(model.parameters(), 1e-2 if learns else 0.0)
        with Recorder(model, self.folder, every=1, dtype="float32", **options) as recorder:
            for step in range(steps):
                before(step)
                loss = (model(batch(step)) ** 2).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                recorder.step(step)
        return self.reported()

    def reported(self) -> List[Dict[str, Any]]:
        found = report(self.folder)["findings"]
        found += [each for finding in found for each in finding.get("consequences", [])]
        return [each for each in found if each["kind"] != "moved-first"]

    def titles(self, found: List[Dict[str, Any]], *kinds: str) -> List[str]:
        return [each["title"] for each in found if each["kind"] in kinds]
