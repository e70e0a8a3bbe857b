"""Every wait for a recorder has a bound, and a recorder that is gone leaves nothing behind."""

import contextlib
import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
import weakref
from typing import Any, List
from unittest import mock

import torch
from support import ConvNet, Recorder, RecorderTest, in_child, normscope
from torch import nn

HOOKS = nn.modules.module


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))


def train(recorder: Recorder, steps: Any) -> None:
    for step in steps:
        recorder.model(torch.randn(6, 4))
        recorder.step(step)


def global_hooks() -> int:
    return len(HOOKS._global_forward_hooks) + len(HOOKS._global_forward_pre_hooks)


class StuckDisk:
    """A disk that takes no data until it is released."""

    def __init__(self) -> None:
        self.is_free = threading.Event()
        self.waiting = threading.Event()

    def __call__(self, path: Any, *rest: Any) -> None:
        self.waiting.set()
        self.is_free.wait(60)
        raise OSError("The disk is back, too late.")


class Fork(RecorderTest):
    """``fork()`` copies a process without its threads, the writer's among them."""

    def child_of(self, recorder: Recorder) -> int:
        def life() -> None:
            before = len(self.messages())
            train(recorder, range(1, 7))
            if global_hooks() > 0:
                raise SystemExit(3)
            recorder.close()
            if len(self.messages()) != before + 1 or "fork" not in self.messages()[-1]:
                raise SystemExit(4)

        return in_child(life, seconds=20)

    def test_of_a_recorder_that_has_written_trains_on_and_records_in_the_parent(self) -> None:
        recorder = Recorder(network(), self.folder, every=1)
        train(recorder, [0])
        recorder.flush()
        self.assertEqual(self.child_of(recorder), 0)
        train(recorder, [1, 2])
        recorder.close()
        self.assertEqual(self.files(), ["normscope.json", *(f"step_00000{step}.safetensors" for step in range(3))])
        self.assertEqual(self.messages(), [])

    def test_of_a_recorder_that_has_not_written_yet_trains_on(self) -> None:
        recorder = Recorder(network(), self.folder, every=1)
        self.assertEqual(self.child_of(recorder), 0)
        recorder.close()

    def test_while_a_file_is_under_way_trains_on(self) -> None:
        disk = StuckDisk()
        with mock.patch.object(normscope, "_write_atomically", disk):
            recorder = Recorder(network(), self.folder, every=1)
            train(recorder, [0, 1])
            self.assertTrue(disk.waiting.wait(20))
            self.assertEqual(self.child_of(recorder), 0)
            disk.is_free.set()
            recorder.close()

    def test_in_which_a_recorder_is_made_records_there(self) -> None:
        outer = Recorder(network(), self.home / "outer", every=1)
        train(outer, [0])

        def life() -> None:
            with Recorder(network(), self.folder, every=1) as recorder:
                train(recorder, range(3))

        self.assertEqual(in_child(life, seconds=20), 0)
        outer.close()
        self.assertEqual(len(self.files()), 4)

    def test_ends_like_any_process(self) -> None:
        """Through the handlers at exit, which wait for writers."""
        code = f"""
        import os, sys
        sys.path[:0] = {sys.path!r}
        import torch
        from test_lifetime import Recorder, network, train
        recorder = Recorder(network(), {str(self.folder)!r}, every=1)
        train(recorder, [0])
        child = os.fork()
        if child == 0:
            sys.exit(7)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], timeout=60, check=False)
        self.assertEqual(done.returncode, 7)
        self.assertEqual(len(self.files()), 2)


class Stuck(RecorderTest):
    """A disk that takes nothing: a hung network mount, say."""

    def setUp(self) -> None:
        super().setUp()
        self.disk = StuckDisk()
        for patch in (
            mock.patch.object(normscope, "_write_atomically", self.disk),
            mock.patch.object(normscope._Writer, "PATIENCE", 0.3),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        self.addCleanup(self.disk.is_free.set)

    def test_disk_holds_training_up_for_a_bounded_time_and_once(self) -> None:
        recorder = Recorder(network(), self.folder, every=1)
        started = time.monotonic()
        train(recorder, range(30))
        recorder.close()
        # Three steps wait, then recording ends; and close() waits once more.
        self.assertLess(time.monotonic() - started, 10)
        self.assertTrue(self.disk.waiting.is_set())
        self.assertEqual(global_hooks(), 0)
        self.assertTrue(any("accepted no data" in message for message in self.messages()), self.messages())

    def test_disk_does_not_keep_close_from_returning(self) -> None:
        recorder = Recorder(network(), self.folder, every=1)
        train(recorder, [0])
        recorder.close()
        self.assertEqual(len(self.messages()), 1)

    def test_disk_does_not_keep_a_signal_handler_that_closes_from_returning(self) -> None:
        """The handler runs inside of whatever the main thread waits in, its locks held."""
        recorder = Recorder(network(), self.folder, every=1)
        train(recorder, [0, 1])
        handled: List[int] = []

        def handler(number: int, _frame: Any) -> None:
            recorder.close()
            handled.append(number)

        before = signal.signal(signal.SIGALRM, handler)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        train(recorder, [2])
        recorder.flush()
        self.assertEqual(handled, [signal.SIGALRM])

    def test_disk_does_not_keep_the_process_from_ending(self) -> None:
        code = f"""
        import sys, threading
        sys.path[:0] = {sys.path!r}
        from test_lifetime import Recorder, StuckDisk, network, normscope, train
        normscope._write_atomically = StuckDisk()
        normscope._Writer.PATIENCE = 0.3
        recorder = Recorder(network(), {str(self.folder)!r}, every=1)
        train(recorder, [0, 1])
        sys.exit(5)
        """
        command = [sys.executable, "-c", textwrap.dedent(code)]
        done = subprocess.run(command, timeout=50, check=False, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("accepts no data", done.stderr)


class Exit(RecorderTest):
    def test_comes_after_all_tensors_are_free(self) -> None:
        """PyTorch aborts a process that exits while another thread frees a tensor."""
        recorder = Recorder(network(), self.folder, every=1)
        recorder.model(torch.randn(6, 4))
        records = weakref.ref(recorder._capture.phases["train"])
        condition, run = recorder._writer._condition, recorder._writer._run
        is_submitted = threading.Event()
        is_held = []

        def wait_and_run(step: Any) -> None:
            is_submitted.wait(60)
            run(step)

        def notify_all(notify: Any = condition.notify_all) -> None:
            is_held.append(records() is not None)
            notify()

        with mock.patch.object(recorder._writer, "_run", wait_and_run), mock.patch.object(condition, "notify_all", notify_all):
            recorder.step(0)
            is_submitted.set()
            recorder.flush()
        recorder.close()
        self.assertEqual(is_held, [True, False])


    def test_waits_for_a_thread_that_still_frees_memory(self) -> None:
        work = normscope._Writer._work

        def end_late(writer: Any) -> None:
            work(writer)
            time.sleep(0.2)

        with mock.patch.object(normscope._Writer, "_work", end_late):
            with Recorder(network(), self.folder, every=1) as recorder:
                train(recorder, [0])
                thread = recorder._writer._thread
        self.assertTrue(thread.is_alive())
        normscope._at_exit()
        self.assertFalse(thread.is_alive())


class Copy(RecorderTest):
    def test_of_a_model_that_holds_its_recorder_does_not_record(self) -> None:
        model = network()
        model.recorder = Recorder(model, self.folder, every=1)
        for number, copied in enumerate([copy.deepcopy(model), pickle.loads(pickle.dumps(model))]):
            copied(torch.randn(6, 4))
            copied.recorder.step(7)
            with copied.recorder.recording(8):
                copied(torch.randn(6, 4))
            copied.recorder.close()
            self.assertEqual(len(self.messages()), number + 1)
            self.assertIn("is a copy", self.messages()[-1])
        train(model.recorder, [0, 1])
        model.recorder.close()
        self.assertEqual(self.files(), ["normscope.json", "step_000000.safetensors", "step_000001.safetensors"])


class Threads(RecorderTest):
    def test_that_train_and_call_step_do_not_end_recording(self) -> None:
        model = network()
        recorder = Recorder(model, self.folder, every=1, max_calls=1000)
        failures = []

        def run(first: int) -> None:
            try:
                for step in range(first, first + 20):
                    model(torch.randn(6, 4))
                    recorder.step(step)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=run, args=(100 * number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        recorder.close()
        self.assertEqual(failures, [])
        # A step that another thread ended in the meantime has nothing to record.
        self.assertEqual([each for each in self.messages() if "Nothing was recorded" not in each], [])

    def test_of_which_one_forks_in_the_middle_of_a_step_leave_a_child_that_ends(self) -> None:
        recorder = Recorder(network(), self.folder, every=1)
        held = [recorder._lock, recorder._capture._lock, normscope._held_lock]
        is_held, may_end = threading.Event(), threading.Event()

        def hold() -> None:
            with contextlib.ExitStack() as stack:
                for lock in held:
                    stack.enter_context(lock)
                is_held.set()
                may_end.wait(60)

        def life() -> None:
            for step in range(3):
                recorder.model(torch.randn(6, 4))
                recorder.step(step)
            recorder.close()

        thread = threading.Thread(target=hold)
        thread.start()
        is_held.wait(60)
        try:
            self.assertEqual(in_child(life, 20), 0)
        finally:
            may_end.set()
            thread.join(60)
            recorder.close()


class SlowDisk(RecorderTest):
    def test_that_makes_progress_is_waited_for(self) -> None:
        """However long the whole takes: what counts is whether data arrives."""
        write = normscope._write_atomically

        def slowly(path: Any, chunks: Any, replace: bool, advance: Any) -> None:
            for _ in range(8):
                time.sleep(0.1)
                advance()
            write(path, chunks, replace, advance)

        with mock.patch.object(normscope, "_write_atomically", slowly):
            with mock.patch.object(normscope._Writer, "PATIENCE", 0.5):
                with Recorder(network(), self.folder, every=1) as recorder:
                    train(recorder, range(3))
        self.assertEqual(len(self.files()), 4)
        self.assertEqual(self.messages(), [])


class Abandoned(RecorderTest):
    def test_recorder_leaves_no_hook_and_holds_no_memory(self) -> None:
        model = network()
        gone = []
        for step in range(2):
            recorder = Recorder(model, self.folder / str(step), every=1)
            model(torch.randn(6, 4))
            if step > 0:
                recorder.step(0)
            gone += [weakref.ref(each) for each in (recorder, recorder._writer, recorder._capture)]
            del recorder
        gc.collect()
        self.assertEqual(global_hooks(), 0)
        self.assertTrue(wait_until(lambda: all(each() is None for each in gone)), gone)
        model_gone = weakref.ref(model)
        del model
        gc.collect()
        self.assertIsNone(model_gone())

    def test_recorder_writes_what_it_was_given(self) -> None:
        recorder = Recorder(network(), self.folder, every=1)
        train(recorder, [0, 1])
        del recorder
        gc.collect()
        self.assertTrue(wait_until(lambda: len(self.files()) == 3 and not any(name[0] == "." for name in self.files())))

    def test_model_that_holds_its_recorder_is_freed_with_it(self) -> None:
        for options in ({}, {"probe": torch.ones(2, 4)}):
            with self.subTest(**options):
                model = network()
                model.recorder = Recorder(model, self.home / str(len(options)), every=1, **options)
                train(model.recorder, [0])
                freed = weakref.ref(model), weakref.ref(model.recorder)
                del model
                gc.collect()
                self.assertEqual([each() for each in freed], [None, None])
                self.assertEqual(global_hooks(), 0)

    def test_writer_thread_ends_with_its_recorder(self) -> None:
        with Recorder(network(), self.folder, every=1) as recorder:
            train(recorder, [0])
            thread = recorder._writer._thread
        thread.join(20)
        self.assertFalse(thread.is_alive())

    def test_model_that_no_step_follows_does_not_grow(self) -> None:
        recorder = Recorder(network(), self.folder, every=1, max_calls=2)
        for _ in range(50):
            recorder.model(torch.randn(6, 4))
        held = recorder._capture
        self.assertLessEqual(len(held.problems), 4)
        self.assertLessEqual(sum(len(records.tensors) for records in held.phases.values()), 4)
        recorder.close()


class Warnings(RecorderTest):
    def test_that_the_script_shows_in_a_way_that_fails_do_not_reach_training(self) -> None:
        def fails(*_: Any, **__: Any) -> None:
            raise RuntimeError("no display")

        self.folder.write_text("a file")
        for number, patch in enumerate(
            [mock.patch.object(warnings, "showwarning", fails), mock.patch.object(warnings, "warn", fails)]
        ):
            with self.subTest(number), patch, mock.patch.object(sys, "stderr", None):
                recorder = Recorder(ConvNet(), self.folder, every=1)
                for step in range(4):
                    recorder.model(torch.randn(2, 3, 5, 5))
                    recorder.step(step)
                recorder.close()

    def test_filters_and_their_registry_stay_as_they_are(self) -> None:
        before = list(warnings.filters)
        with Recorder(network(), self.folder, every=1) as recorder:
            train(recorder, range(3))
        self.assertEqual(warnings.filters, before)


class Environment(RecorderTest):
    def test_of_a_launcher_that_sets_no_numbers_is_that_of_one_process(self) -> None:
        for value in ("", " ", "many", "-1", "0", "²"):
            self.folder = self.home / f"w{value}"
            with self.subTest(value), mock.patch.dict(os.environ, {"WORLD_SIZE": value, "RANK": value}):
                with Recorder(network(), self.folder, every=1) as recorder:
                    train(recorder, [0])
                self.assertEqual(self.files(), ["normscope.json", "step_000000.safetensors"])
        self.assertEqual(self.messages(), [])


def wait_until(is_true: Any, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(is_true())


if __name__ == "__main__":
    import unittest

    unittest.main()
