"""Full disks, folders that cannot be written and models that fail: one warning, and training goes on."""

import os
import resource
import signal
import unittest
import warnings
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from support import ConvNet, Recorder, RecorderTest, in_child, normscope
from torch import Tensor, nn


def train(recorder: Recorder, steps: Any) -> None:
    """Forward passes only: PyTorch 2 refuses a backward pass in the forked children of these tests."""
    for step in steps:
        recorder.model(torch.randn(4, 3, 5, 5))
        recorder.step(step)


class FullDisk(RecorderTest):
    def test_is_told_once_and_later_steps_are_tried(self) -> None:
        recorder = Recorder(ConvNet(), self.folder, every=1)
        train(recorder, range(2))
        recorder.flush()
        with mock.patch.object(normscope, "open", full_device, create=True):
            train(recorder, range(2, 4))
            recorder.flush()
        train(recorder, range(4, 6))
        recorder.close()
        steps = [name for name in self.files() if name != "normscope.json"]
        self.assertEqual(steps, [f"step_{step:06d}.safetensors" for step in (0, 1, 4, 5)])
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("No space left on device", self.messages()[0])

    def test_while_the_sidecar_is_written_costs_the_sidecar_until_there_is_room(self) -> None:
        write = normscope._write_atomically
        failures = []

        def fail_at_first(path: Path, *rest: Any) -> None:
            if path.name == "normscope.json" and len(failures) < 2:
                failures.append(OSError(28, "No space left on device"))
                raise failures[-1]
            write(path, *rest)

        recorder = Recorder(ConvNet(), self.folder, every=1)
        with mock.patch.object(normscope, "_write_atomically", fail_at_first):
            train(recorder, range(4))
            recorder.close()
        self.assertEqual(self.files(), ["normscope.json", *(f"step_{step:06d}.safetensors" for step in range(4))])
        self.assertEqual(len(failures), 2)
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("normscope.json could not be written", self.messages()[0])

    def test_ends_recording_after_three_failures(self) -> None:
        recorder = Recorder(ConvNet(), self.folder, every=1)
        with mock.patch.object(normscope, "open", full_device, create=True):
            train(recorder, range(6))
            recorder.flush()
        train(recorder, range(6, 9))
        recorder.close()
        self.assertEqual(self.files(), [])
        self.assertEqual(len(self.messages()), 1)

    def test_in_the_middle_of_a_file_leaves_nothing(self) -> None:
        def limited() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            recorder = Recorder(ConvNet(), self.folder, every=1, dtype="float32")
            train(recorder, range(1))
            recorder.flush()
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
            train(recorder, range(1, 2))
            recorder.flush()
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            train(recorder, range(2, 3))
            recorder.close()

        self.assertEqual(in_child(limited), 0)
        self.assertEqual(self.files(), ["normscope.json", "step_000000.safetensors", "step_000002.safetensors"])

    def test_of_the_runs_own_ends_recording_before_it(self) -> None:
        recorder = Recorder(ConvNet(), self.folder, every=1, max_bytes=30_000)
        train(recorder, range(6))
        recorder.close()
        used = sum((self.folder / name).stat().st_size for name in self.files())
        self.assertTrue(15_000 < used < 40_000, used)
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("max_bytes", self.messages()[0])
        resumed = Recorder(ConvNet(), self.folder, every=1, max_bytes=30_000)
        before = self.files()
        train(resumed, range(6, 9))
        resumed.close()
        self.assertEqual(self.files(), before)


def full_device(path: Path, mode: str) -> Any:
    """The file, on a device that is full."""
    return open("/dev/full", "wb", buffering=0)


class Folder(RecorderTest):
    def test_that_is_read_only_gives_a_warning(self) -> None:
        def as_nobody() -> None:
            if os.geteuid() == 0:
                os.seteuid(65534)
            recorder = Recorder(ConvNet(), self.folder, every=1)
            train(recorder, range(5))
            recorder.close()
            raise SystemExit(0 if len(self.messages()) == 1 and "Permission" in self.messages()[0] else 3)

        self.folder.mkdir()
        self.home.chmod(0o755)
        self.folder.chmod(0o555)
        self.assertEqual(in_child(as_nobody), 0)
        self.assertEqual(self.files(), [])

    def test_that_is_a_file_gives_a_warning(self) -> None:
        self.folder.write_text("mine")
        recorder = Recorder(ConvNet(), self.folder, every=1)
        train(recorder, range(3))
        recorder.close()
        self.assertEqual(self.folder.read_text(), "mine")
        self.assertEqual(len(self.messages()), 1)

    def test_gives_a_line_where_warnings_are_errors(self) -> None:
        self.folder.write_text("mine")
        warnings.simplefilter("error")
        recorder = Recorder(ConvNet(), self.folder, every=1)
        with mock.patch("sys.stderr") as stderr:
            train(recorder, range(3))
            recorder.close()
        self.assertTrue(stderr.write.called)

    def test_keeps_what_an_interrupted_run_left_until_it_is_old(self) -> None:
        self.folder.mkdir()
        old, fresh, other = (self.folder / f".step_00000{n}.safetensors.tmp-{n}" for n in (1, 2, 3))
        other = self.folder / ".step_000001_rank3.safetensors.tmp-3"
        for path in (old, fresh, other):
            path.write_bytes(b"half")
        for path in (old, other):
            os.utime(path, (1, 1))
        Recorder(ConvNet(), self.folder).close()
        self.assertEqual(self.files(), sorted([fresh.name, other.name]))


class Model(RecorderTest):
    def test_whose_output_cannot_be_read_goes_on(self) -> None:
        class Strange(dict):
            def items(self) -> Any:
                raise RuntimeError("not for you")

        class Layer(nn.Module):
            def forward(self, x: Tensor) -> Any:
                return Strange(x=x)

        model = nn.ModuleDict({"strange": Layer(), "norm": nn.LayerNorm(3)})
        tensors = self.record(model, lambda each: [each["strange"](torch.ones(2, 3)), each["norm"](torch.ones(2, 3))], layers="*")
        self.assertIn("norm", tensors)
        self.assertEqual(len(self.messages()), 1)

    def test_that_never_runs_is_told(self) -> None:
        recorder = Recorder(ConvNet(), self.folder, every=1)
        for step in range(3):
            recorder.step(step)
        recorder.close()
        self.assertEqual(self.files(), [])
        self.assertEqual(len(self.messages()), 1)

    def test_whose_layers_give_nothing_to_record_is_told_so(self) -> None:
        recorder = Recorder(nn.Sequential(nn.Identity()), self.folder, every=1, layers="0")
        for step, output in enumerate([torch.zeros(2, dtype=torch.int64), torch.tensor(1.0)]):
            recorder.model(output)
            recorder.step(step)
        recorder.close()
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("no output of the chosen layers", self.messages()[0])

    def test_with_a_step_that_is_no_number_goes_on(self) -> None:
        recorder = Recorder(ConvNet(), self.folder, every=1)
        recorder.model(torch.randn(2, 3, 5, 5))
        recorder.step("three")  # type: ignore[arg-type]
        recorder.close()
        self.assertEqual(len(self.messages()), 1)


if __name__ == "__main__":
    unittest.main()
