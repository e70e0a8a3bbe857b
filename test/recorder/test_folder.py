"""The run's folder stays consistent, whatever happens to it and whichever other recorder writes there."""

import json
import os
import random
import shutil
import subprocess
import sys
import textwrap
from typing import Any, Dict, List, Set
from unittest import mock

import torch
from support import ConvNet, Recorder, RecorderTest, normscope, read_dump
from torch import nn


def generator() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))


def discriminator() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Tanh())


def train(recorder: Recorder, steps: Any) -> None:
    for step in steps:
        recorder.model(torch.randn(6, 4))
        recorder.step(step)


class FolderTest(RecorderTest):
    def steps(self) -> List[int]:
        return [int(name[5:11]) for name in self.files() if name.startswith("step_")]

    def layers_on_disk(self) -> Set[str]:
        """The keys of all steps; one model's if no other's got in between."""
        return set().union(*(self.dump(step)[1] for step in self.steps()))

    def bytes_on_disk(self) -> int:
        return sum((self.folder / name).stat().st_size for name in self.files())


class TwoRecorders(FolderTest):
    def test_that_were_made_together_never_mix_their_files(self) -> None:
        for attempt in range(4):
            self.folder = self.home / str(attempt)
            first, second = Recorder(generator(), self.folder, every=1), Recorder(discriminator(), self.folder, every=1)
            for step in range(4):
                train(first, [step])
                train(second, [step])
            first.close()
            second.close()
            self.assertEqual(self.steps(), [0, 1, 2, 3])
            self.assertEqual({key.split(".")[0] for key in self.layers_on_disk()}, {"0", "1", "2"})
            self.assertTrue(all("2" in self.dump(step)[1] for step in range(4)))
        self.assertEqual(len(self.messages()), 4)
        self.assertIn("Give each Recorder its own folder", self.messages()[0])

    def test_of_two_processes_never_mix_their_files(self) -> None:
        script = textwrap.dedent(
            f"""
            import sys
            sys.path[:0] = {sys.path!r}
            import torch
            from support import Recorder
            from test_folder import discriminator, generator, train
            torch.set_num_threads(1)
            model = generator() if sys.argv[1] == "first" else discriminator()
            recorder = Recorder(model, {str(self.folder)!r}, every=1)
            print("ready", flush=True)
            for line in sys.stdin:
                train(recorder, [int(line)])
                recorder.flush()
                print("done", flush=True)
            """
        )
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", script, name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for name in ("first", "second")
        ]
        for process in processes:
            self.assertEqual(process.stdout.readline(), "ready\n")
        for step in range(4):
            for process in processes:
                process.stdin.write(f"{step}\n")
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), "done\n")
        errors = [process.communicate(timeout=60)[1] for process in processes]
        self.assertEqual(self.steps(), [0, 1, 2, 3])
        self.assertTrue(all("2" not in self.dump(step)[1] for step in range(4)))
        self.assertNotIn("normscope", errors[0])
        self.assertIn("Another recorder writes to", errors[1])

    def test_never_replace_a_step_that_came_into_being_meanwhile(self) -> None:
        recorder = Recorder(generator(), self.folder, every=1)
        train(recorder, [0])
        recorder.flush()
        (self.folder / "step_000001.safetensors").write_bytes(b"of another machine")
        train(recorder, [1, 2])
        recorder.close()
        self.assertEqual((self.folder / "step_000001.safetensors").read_bytes(), b"of another machine")
        self.assertEqual(self.steps(), [0, 1])
        self.assertEqual(len(self.messages()), 1)

    def test_on_a_file_system_without_hard_links_never_replace_a_step_either(self) -> None:
        with mock.patch("os.link", side_effect=PermissionError("no hard links here")):
            recorder = Recorder(generator(), self.folder, every=1)
            train(recorder, range(3))
            recorder.close()
            self.assertEqual(self.steps(), [0, 1, 2])
            self.assertRaises(FileExistsError, normscope._write_atomically, self.folder / "normscope.json", [b"x"], False)
        self.assertEqual([name for name in self.files() if name.startswith(".")], [])

    def test_of_which_the_first_is_closed_follow_each_other(self) -> None:
        for start in (0, 3):
            with Recorder(generator(), self.folder, every=1) as recorder:
                train(recorder, range(start, start + 3))
        self.assertEqual(self.steps(), list(range(6)))
        self.assertEqual(self.messages(), [])

    def test_of_a_notebook_cell_that_runs_again_leave_the_newest_recording(self) -> None:
        recorder = Recorder(generator(), self.folder, every=1)
        train(recorder, [0])
        recorder.flush()
        recorder = Recorder(generator(), self.folder, every=1, overwrite=True)
        train(recorder, range(3))
        recorder.close()
        self.assertEqual(self.steps(), [0, 1, 2])
        self.assertEqual(len(self.messages()), 1)


class AnotherModel(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        with Recorder(generator(), self.folder, every=1) as recorder:
            train(recorder, range(3))
        self.before = {name: (self.folder / name).read_bytes() for name in self.files()}

    def test_is_refused_with_one_warning_and_the_folder_stays_as_it_is(self) -> None:
        with Recorder(discriminator(), self.folder, every=1) as recorder:
            train(recorder, range(6))
        self.assertEqual({name: (self.folder / name).read_bytes() for name in self.files()}, self.before)
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("another model", self.messages()[0])

    def test_with_overwrite_moves_the_earlier_run_beside_the_folder(self) -> None:
        with Recorder(discriminator(), self.folder, every=1, overwrite=True) as recorder:
            train(recorder, range(2))
        self.assertEqual(self.steps(), [0, 1])
        self.assertEqual(set(self.sidecar()["layers"]) & {"0", "1", "2"}, {"0", "1", "2"})
        self.assertEqual(self.sidecar()["layers"]["1"]["module"], "torch.nn.LayerNorm")
        beside = [path for path in self.home.iterdir() if path != self.folder]
        self.assertEqual(len(beside), 1)
        self.assertEqual({path.name: path.read_bytes() for path in beside[0].iterdir()}, self.before)
        self.assertEqual(len(self.messages()), 1)
        self.assertIn(str(beside[0]), self.messages()[0])

    def test_is_not_what_the_same_model_in_a_wrapper_is(self) -> None:
        with Recorder(nn.DataParallel(generator()), self.folder, every=1) as recorder:
            train(recorder, range(3, 5))
        self.assertEqual(self.steps(), [0, 1, 2, 3, 4])
        self.assertEqual(self.messages(), [])

    def test_is_not_what_a_lazy_model_was_before_its_first_batch(self) -> None:
        self.folder = self.home / "lazy"

        def lazy() -> nn.Module:
            return nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d())

        for start in (0, 2):
            model = lazy()
            if start > 0:
                model(torch.randn(6, 4))
            with Recorder(model, self.folder, every=1) as recorder:
                train(recorder, range(start, start + 2))
        self.assertEqual(self.steps(), [0, 1, 2, 3])
        self.assertEqual(self.messages(), [])


class Layout(FolderTest):
    """A layout that the recorder wrote is not taken for a person's choice."""

    def record_layout(self, layout: str) -> str:
        """Records with facts that declare this layout, and gives what the sidecar says afterwards."""
        document = {"order": ["a"], "layers": {"a": {"module": "torch.nn.Linear", "layout": layout}}}
        path = self.folder / "normscope.json"
        present = json.loads(path.read_text()) if path.exists() else {}
        self.folder.mkdir(exist_ok=True)
        path.write_text(json.dumps(normscope._merged_document(present, document)))
        return self.sidecar()["layers"]["a"]["layout"]

    def choose(self, layout: str) -> None:
        document = self.sidecar()
        document["layers"]["a"]["layout"] = layout
        (self.folder / "normscope.json").write_text(json.dumps(document))

    def test_of_an_earlier_run_gives_way_to_that_of_the_current_one(self) -> None:
        self.assertEqual([self.record_layout(layout) for layout in ("NLC", "LNC", "NLC")], ["NLC", "LNC", "NLC"])

    def test_that_a_person_chose_stays(self) -> None:
        self.record_layout("NLC")
        self.choose("NCL")
        self.assertEqual(self.record_layout("NLC"), "NCL")
        self.assertEqual(self.record_layout("LNC"), "NCL")

    def test_that_is_not_known_any_more_goes(self) -> None:
        self.record_layout("NLC")
        path = self.folder / "normscope.json"
        ours: Dict[str, Any] = {"order": ["a"], "layers": {"a": {"module": "torch.nn.Linear"}}}
        self.assertNotIn("layout", normscope._merged_document(json.loads(path.read_text()), ours)["layers"]["a"])

    def test_of_another_module_type_in_an_older_sidecar_is_not_a_choice(self) -> None:
        self.folder.mkdir()
        old = {"layers": {"a": {"module": "torch.nn.Conv2d", "layout": "NCHW"}}}
        (self.folder / "normscope.json").write_text(json.dumps(old))
        self.assertEqual(self.record_layout("NC"), "NC")


class Knobs(FolderTest):
    def test_are_in_the_document_and_stay_there(self) -> None:
        knobs = {"lr": torch.tensor(0.5), "width": 4, "affine": True, "method": "batch"}
        with Recorder(generator(), self.folder, every=1, knobs=knobs) as recorder:
            train(recorder, range(2))
        document = json.loads((self.folder / "normscope.json").read_text())
        self.assertEqual(document["knobs"], {"lr": 0.5, "width": 4, "affine": True, "method": "batch"})
        # A recorder that states none leaves those that are there.
        with Recorder(generator(), self.folder, every=1) as recorder:
            train(recorder, range(2, 4))
        self.assertEqual(json.loads((self.folder / "normscope.json").read_text())["knobs"], document["knobs"])

    def test_are_plain_values(self) -> None:
        for value in (None, [1], float("nan"), " ", {"a": 1}):
            with self.assertRaisesRegex(ValueError, "knobs="):
                Recorder(generator(), self.folder, knobs={"lr": value})


class MaxBytes(FolderTest):
    def test_bounds_every_byte_of_many_small_records(self) -> None:
        """Headers and parameters are most of such a file."""
        blocks = nn.Sequential(*(nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)) for _ in range(60)))
        for limit in (30_000, 150_000, 400_000):
            self.folder = self.home / str(limit)
            with Recorder(blocks, self.folder, every=1, max_bytes=limit) as recorder:
                train(recorder, range(20))
            self.assertLessEqual(self.bytes_on_disk(), limit)
            self.assertEqual(len([message for message in self.messages() if f"max_bytes={limit}" in message]), 1)
        self.assertEqual(len(self.messages()), 3)
        self.assertGreater(len(self.steps()), 2)

    def test_that_not_even_one_tensor_fits_is_said_so(self) -> None:
        with Recorder(generator(), self.folder, every=1, max_bytes=10) as recorder:
            train(recorder, range(3))
        self.assertEqual(self.steps(), [])
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("max_bytes=10", self.messages()[0])

    def test_holds_over_runs_that_go_on(self) -> None:
        limit = 20_000
        for start in range(0, 12, 3):
            with Recorder(generator(), self.folder, every=1, max_bytes=limit) as recorder:
                train(recorder, range(start, start + 3))
            self.assertLessEqual(self.bytes_on_disk(), limit)
        self.assertGreater(self.bytes_on_disk(), limit / 2)

    def test_counts_a_replaced_step_once(self) -> None:
        for _ in range(6):
            with Recorder(generator(), self.folder, every=1, max_bytes=12_000, overwrite=True) as recorder:
                train(recorder, range(3))
        self.assertEqual(self.steps(), [0, 1, 2])
        self.assertEqual(self.messages(), [])


class Moved(FolderTest):
    def test_working_directory_leaves_the_run_where_it_began(self) -> None:
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.home)
        recorder = Recorder(generator(), "run", every=1)
        train(recorder, [0])
        other = self.home / "other"
        other.mkdir()
        os.chdir(other)
        train(recorder, [1])
        recorder.close()
        self.assertEqual(self.steps(), [0, 1])
        self.assertEqual(list(other.iterdir()), [])

    def test_folder_that_is_deleted_is_made_again_whole(self) -> None:
        recorder = Recorder(generator(), self.folder, every=1)
        for step in range(4):
            train(recorder, [step])
            recorder.flush()
            if step == 1:
                shutil.rmtree(self.folder)
        recorder.close()
        self.assertEqual(self.files(), ["normscope.json", "step_000002.safetensors", "step_000003.safetensors"])
        self.assertEqual(set(self.sidecar()["layers"]), {"0", "1"})
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("deleted", self.messages()[0])

    def test_folder_that_became_a_file_gives_one_warning(self) -> None:
        recorder = Recorder(generator(), self.folder, every=1)
        train(recorder, [0])
        recorder.flush()
        shutil.rmtree(self.folder)
        self.folder.write_text("mine")
        train(recorder, range(1, 7))
        recorder.close()
        self.assertEqual(self.folder.read_text(), "mine")
        self.assertEqual(len(self.messages()), 1)

    def test_sidecar_that_is_deleted_is_written_again(self) -> None:
        recorder = Recorder(generator(), self.folder, every=1)
        for step in range(2):
            train(recorder, [step])
            recorder.flush()
            (self.folder / "normscope.json").unlink()
        train(recorder, [2])
        recorder.close()
        self.assertEqual(set(self.sidecar()["layers"]), {"0", "1"})


class IrregularSteps(FolderTest):
    def recorded(self, numbers: List[int], every: int) -> List[int]:
        with Recorder(generator(), self.folder, every=every) as recorder:
            train(recorder, numbers)
        return self.steps()

    def due(self, numbers: List[int], every: int) -> List[int]:
        """The first, and the first at or beyond each multiple."""
        pairs = zip(numbers, numbers[1:])
        return numbers[:1] + [after for before, after in pairs if after // every > before // every]

    def test_of_random_strides_are_all_recorded(self) -> None:
        for seed in range(8):
            self.folder = self.home / str(seed)
            draw = random.Random(seed)
            numbers = [0]
            for _ in range(60):
                numbers.append(numbers[-1] + draw.choice([200, 230, 260, 128]))
            found, due = self.recorded(numbers, 1000), self.due(numbers, 1000)
            # The very first leap may come unforeseen; then the step after it is recorded in place of it.
            self.assertEqual(len(found), len(due))
            self.assertEqual(found[3:], due[3:])

    def test_that_go_back_are_recorded_where_they_are_new(self) -> None:
        self.assertEqual(self.recorded([*range(107, 112), *range(55, 62)], 10), [60, 107, 110])

    def test_that_count_down_are_all_recorded(self) -> None:
        self.assertEqual(self.recorded([*range(40, -1, -1)], 10), [0, 10, 20, 30, 40])

    def test_that_leap_once_are_made_up_for_by_the_next(self) -> None:
        numbers = [*range(0, 50), *range(1000, 1050), *range(2003, 2010)]
        self.assertEqual(self.recorded(numbers, 500), [0, 1001, 2004])

    def test_at_a_regular_stride_prepare_for_no_step_that_does_not_record(self) -> None:
        with mock.patch.object(Recorder, "_arm", autospec=True, side_effect=Recorder._arm) as arm:
            self.assertEqual(self.recorded(list(range(0, 400, 4)), 100), [0, 100, 200, 300])
        self.assertEqual(arm.call_count, 4 + 1)  # And for step 400, which did not come.

    def test_after_a_leap_prepare_for_few_steps_that_do_not_record(self) -> None:
        with mock.patch.object(Recorder, "_arm", autospec=True, side_effect=Recorder._arm) as arm:
            self.recorded([0, 1, 2, *range(5000, 6001)], 1000)
        self.assertLess(arm.call_count, 20)


class Names(FolderTest):
    def test_that_the_format_reserves_or_that_look_like_calls_are_kept_apart(self) -> None:
        names = ["a", "a#1", "a##1", "__metadata__", "weight", "[0]", "\ud800", "x" * 3000, "ü/\u202e"]
        model = nn.ModuleDict({name: nn.ReLU() for name in names if name != "__metadata__"})
        model.add_module("__metadata__", nn.ReLU())
        x = torch.arange(6.0).view(2, 3)

        def run(each: nn.ModuleDict) -> None:
            for index, name in enumerate(names):
                each._modules[name](x + index)
            each._modules["a"](x + 100)

        tensors = self.record(model, run)
        notes = self.dump()[0]["tensors"]
        found = {(note["layer"], note["call"]): tensors[key] for key, note in notes.items()}
        expected = {(name, 0): x + index for index, name in enumerate(names)}
        expected["a", 1] = x + 100
        self.assertEqual(set(found), set(expected))
        for key, value in expected.items():
            self.assertTrue(torch.equal(found[key], value), key)
        self.assertEqual(self.messages(), [])

    def test_of_keys_are_one_for_each_layer_and_call(self) -> None:
        draw = random.Random(5)
        pairs = {("".join(draw.choice("a#1_") for _ in range(draw.randint(0, 5))), draw.randint(0, 3)) for _ in range(4000)}
        keys = {normscope._key(*pair) for pair in pairs}
        self.assertEqual(len(keys), len(pairs))
        self.assertNotIn("__metadata__", {normscope._key("__metadata__", call) for call in range(3)})

    def test_of_a_module_and_of_a_parameter_may_be_the_same(self) -> None:
        class Named(nn.LayerNorm):
            def __init__(self) -> None:
                super().__init__(3)
                self.add_module("inner", nn.Identity())

        model = nn.ModuleDict({"n": Named()})
        x = torch.randn(2, 3)
        with mock.patch.object(normscope, "_key", lambda layer, call: "n.weight" if layer == "n" else layer):
            tensors = self.record(model, lambda each: each["n"](x))
        metadata = self.dump()[0]
        self.assertEqual(metadata["parameters"]["n.weight#parameter"], {"layer": "n", "role": "weight"})
        self.assertTrue(torch.equal(tensors["n.weight#parameter"], torch.ones(3)))
        self.assertEqual(metadata["tensors"]["n.weight"]["layer"], "n")


class Strangers(FolderTest):
    def test_with_the_names_of_steps_are_left_alone(self) -> None:
        self.folder.mkdir()
        names = [f"step_{step:06d}.safetensors" for step in (1, 2, 3, 9)]
        (self.folder / names[0]).mkdir()
        os.symlink(self.home / "nowhere", self.folder / names[1])
        (self.folder / names[2]).write_bytes(b"\xff" * 9)
        os.mkfifo(self.folder / names[3])
        with Recorder(generator(), self.folder, every=1) as recorder:
            train(recorder, range(6))
        self.assertEqual(self.messages(), [])
        self.assertEqual(self.steps(), [0, 1, 2, 3, 4, 5, 9])
        self.assertEqual((self.folder / names[2]).read_bytes(), b"\xff" * 9)
        for step in (0, 4, 5):
            self.dump(step)


class EveryFile(FolderTest):
    def test_names_the_model_that_it_is_of(self) -> None:
        with Recorder(ConvNet(), self.folder, every=1) as recorder:
            recorder.model(torch.randn(2, 3, 5, 5))
            recorder.step(0)
        self.assertEqual(read_dump(self.folder / "step_000000.safetensors")[0]["model"], normscope._model_hash(ConvNet()))
        self.assertNotEqual(normscope._model_hash(generator()), normscope._model_hash(discriminator()))


if __name__ == "__main__":
    import unittest

    unittest.main()
