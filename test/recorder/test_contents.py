"""What a step's file and the sidecar hold: which tensors, under which names, and what is said of them."""

import collections
import copy
import dataclasses
import pickle
import threading
import unittest
from typing import Any, Dict, List
from unittest import mock

import torch
from support import ConvNet, FIXTURES, Recorder, RecorderTest, Transformer, normscope
from torch import Tensor, nn


def line_of(text: str) -> int:
    """The only line of networks.py that holds ``text``."""
    lines = (FIXTURES / "networks.py").read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines, 1) if text in line]
    assert len(found) == 1, (text, found)
    return found[0]


class Tensors(RecorderTest):
    def test_are_what_the_modules_got_and_gave(self) -> None:
        model, x = ConvNet(), torch.randn(6, 3, 5, 5)
        seen: Dict[str, Tensor] = {}
        for path, module in model.named_modules():
            module.register_forward_hook(lambda _m, _i, output, path=path: seen.update({path: output.clone()}))
        model.norm.register_forward_pre_hook(lambda _m, inputs: seen.update({"norm.input": inputs[0].clone()}))
        tensors = self.record(model, lambda each: each(x))
        records = self.dump()[0]["tensors"]
        expected = ["stem.0", "stem.1", "stem.2", "block.conv1", "block.bn", "block.relu", "block.conv2", "block.gn"]
        self.assertEqual(list(records), [*expected, "norm.input", "norm"])
        for key in records:
            self.assertTrue(torch.equal(tensors[key], seen[key]), key)
        self.assertEqual(records["block.bn"]["input"], "block.conv1")
        self.assertEqual(records["norm"]["input"], "norm.input")

    def test_come_with_the_parameters_of_the_forward_pass(self) -> None:
        model, x = ConvNet(), torch.randn(6, 3, 5, 5)
        scale = model.block.bn.weight.detach().clone()
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        recorder = Recorder(model, self.folder)
        model(x).sum().backward()
        running = model.block.bn.running_var.clone()
        optimizer.step()
        recorder.step(0)
        recorder.close()
        metadata, tensors = self.dump()
        self.assertFalse(torch.equal(model.block.bn.weight, scale))
        self.assertTrue(torch.equal(tensors["block.bn.weight"], scale))
        self.assertTrue(torch.equal(tensors["block.bn.running_var"], running))
        self.assertEqual(metadata["parameters"]["block.bn.running_var"], {"layer": "block.bn", "role": "running_var"})
        self.assertNotIn("block.bn.weight", metadata["tensors"])

    def test_of_calls_of_a_shared_module_are_numbered(self) -> None:
        self.record(Transformer(), lambda each: each(torch.randn(2, 3, 5)))
        records = self.dump()[0]["tensors"]
        self.assertEqual(records["final#1"]["input"], "final.input#1")
        self.assertEqual((records["final#1"]["layer"], records["final#1"]["call"]), ("final", 1))

    def test_of_each_micro_batch_are_numbered_too(self) -> None:
        net = nn.BatchNorm1d(3)
        self.record(net, lambda each: [each(torch.full((2, 3), float(i))) for i in range(20)], max_calls=4)
        keys = list(self.dump()[0]["tensors"])
        self.assertEqual(keys[:4], ["model.input", "model", "model.input#1", "model#1"])
        self.assertEqual(len(keys), 8)
        self.assertTrue(any("max_calls=4" in message for message in self.messages()))

    def test_in_tuples_dicts_and_dataclasses_are_walked(self) -> None:
        @dataclasses.dataclass
        class Output:
            hidden: Tensor
            extra: Any

        Pair = collections.namedtuple("Pair", ["left", "right"])

        class Many(nn.Module):
            def forward(self, x: Tensor) -> Any:
                return Output(x + 1, {"pair": Pair(x + 2, [x + 3, torch.ones(2, dtype=torch.int64)]), "none": None})

        x = torch.randn(2, 3)
        tensors = self.record(nn.ModuleDict({"many": Many()}), lambda each: each["many"](x), layers="many")
        expected = {"many[hidden]": 1, "many[extra][pair][left]": 2, "many[extra][pair][right][0]": 3}
        self.assertEqual(list(tensors), list(expected))
        for key, offset in expected.items():
            self.assertTrue(torch.equal(tensors[key], x + offset), key)

    def test_that_are_alone_in_a_tuple_have_no_index(self) -> None:
        class One(nn.Module):
            def forward(self, x: Tensor) -> Any:
                return (x,)

        self.assertEqual(list(self.record(One(), lambda each: each(torch.ones(2, 2)), layers="*")), ["model"])

    def test_are_taken_before_something_changes_them_in_place(self) -> None:
        model = nn.Sequential(nn.BatchNorm1d(4), nn.ReLU(inplace=True))
        tensors = self.record(model, lambda each: each(torch.randn(8, 4)))
        self.assertLess(float(tensors["0"].min()), 0)
        self.assertTrue(torch.equal(tensors["1"], tensors["0"].clamp(min=0)))

    def test_in_other_memory_layouts_are_the_same(self) -> None:
        x = torch.randn(4, 6, 5, 3)
        plain = self.record(nn.BatchNorm2d(6), lambda each: each(x))
        for name, other in {"last": x.to(memory_format=torch.channels_last), "strided": x.repeat(1, 1, 1, 2)[..., ::2]}.items():
            self.folder = self.home / name
            tensors = self.record(nn.BatchNorm2d(6), lambda each: each(other.reshape(other.shape) if name == "last" else other))
            self.assertEqual(tensors["model.input"].shape, other.shape)
            self.assertTrue(torch.equal(tensors["model.input"], other.contiguous()))
        self.assertTrue(torch.equal(plain["model.input"], x))

    def test_are_bfloat16_unless_they_are_small_already(self) -> None:
        model, x = nn.LayerNorm(4), torch.randn(3, 4)
        self.assertTrue(torch.equal(self.record(model, lambda each: each(x), dtype="bfloat16")["model.input"], x.bfloat16()))
        self.assertEqual(self.dump()[0]["tensors"]["model"]["dtype"], "float32")
        self.folder = self.home / "half"
        half = self.record(nn.Identity(), lambda each: each(x.half()), dtype="bfloat16", layers=nn.Identity)
        self.assertTrue(torch.equal(half["model"], x.half()))

    def test_under_autocast_have_the_type_that_they_had(self) -> None:
        def run(model: nn.Module) -> None:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                model(torch.randn(4, 3))

        model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
        self.assertEqual(self.record(model, run)["1"].dtype, torch.bfloat16)

    def test_hold_the_first_samples_along_the_axis_of_samples(self) -> None:
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=False)
        tensors = self.record(layer, lambda each: each(torch.randn(5, 6, 8)), max_samples=2)
        self.assertEqual(list(tensors["norm1"].shape), [5, 2, 8])
        self.assertEqual(self.dump()[0]["tensors"]["norm1"]["samples"], 6)
        self.assertEqual(self.sidecar()["layers"]["norm1"]["layout"], "LNC")

    def test_that_are_sparse_are_left_out_and_told(self) -> None:
        model = nn.ModuleDict({"id": nn.Identity(), "norm": nn.LayerNorm(3)})
        tensors = self.record(model, lambda each: [each["id"](torch.eye(3).to_sparse()), each["norm"](torch.ones(2, 3))], layers="*")
        self.assertIn("norm", tensors)
        self.assertNotIn("id", tensors)
        self.assertTrue(any("sparse" in message for message in self.messages()), self.messages())


class Memory(RecorderTest):
    """What is copied in a step lies in memory that later steps use again."""

    def setUp(self) -> None:
        super().setUp()
        # So that a step's tensors lie in several blocks, some of them in one of their own.
        block = mock.patch.object(normscope._Arena, "BLOCK", 256)
        block.start()
        self.addCleanup(block.stop)

    def assert_recorded(self, inputs: List[Tensor]) -> None:
        for step, x in enumerate(inputs):
            tensors = self.dump(step)[1]
            self.assertTrue(torch.equal(tensors["model.input"], x), step)
            self.assertTrue(torch.equal(tensors["model"], nn.BatchNorm2d(3)(x)), step)
            self.assertTrue(torch.equal(tensors["model.weight"], torch.ones(3)), step)

    def test_is_used_again_once_its_file_is_written(self) -> None:
        # Of other sizes from step to step.
        inputs = [torch.randn(2 + 7 * step % 5, 3, 1 + step % 3, 2 + 5 * step) for step in range(8)]
        with Recorder(nn.BatchNorm2d(3), self.folder, every=1, dtype="float32") as recorder:
            places = set()
            for step, x in enumerate(inputs):
                recorder.model(x)
                places.add(recorder._capture.phases["train"].tensors["model.input"].data_ptr())
                recorder.step(step)
                recorder.flush()
        self.assertLess(len(places), len(inputs))
        self.assert_recorded(inputs)

    def test_is_not_used_again_before_its_file_is_written(self) -> None:
        inputs = [torch.randn(2, 3, 4, 5) for _ in range(6)]
        may_write = threading.Event()
        write = normscope._write_atomically

        def held_back(*arguments: Any) -> None:
            may_write.wait()
            write(*arguments)

        with mock.patch.object(normscope, "_write_atomically", held_back):
            with Recorder(nn.BatchNorm2d(3), self.folder, every=1, dtype="float32") as recorder:
                for step, x in enumerate(inputs):
                    recorder.model(x)
                    if step == 2:  # Two are under way: the next call would wait.
                        may_write.set()
                    recorder.step(step)
        self.assert_recorded(inputs)

    def test_of_an_inference_is_used_again_by_training(self) -> None:
        x = torch.randn(2, 3, 4, 5)
        with Recorder(nn.BatchNorm2d(3), self.folder, every=1, dtype="float32") as recorder:
            for step in range(3):
                with torch.inference_mode(step == 0):
                    recorder.model(x)
                recorder.step(step)
                recorder.flush()
        self.assertEqual(self.messages(), [])
        self.assert_recorded([x, x, x])

    def test_beyond_the_limit_is_given_back(self) -> None:
        with mock.patch.object(normscope._Memory, "LIMIT", 1000):
            with Recorder(nn.BatchNorm2d(3), self.folder, every=1, dtype="float32") as recorder:
                recorder.model(torch.randn(2, 3, 40, 50))
                recorder.step(0)
                recorder.flush()
                kept = [block.numel() for arena in recorder._writer.memory._free for block in arena._blocks]
        self.assertLessEqual(sum(kept), 1000)
        self.assertEqual(self.dump()[1]["model"].shape, (2, 3, 40, 50))


class Layers(RecorderTest):
    def chosen(self, layers: Any) -> Any:
        self.folder = self.home / str(abs(hash(str(layers))))
        self.record(ConvNet(), lambda each: each(torch.randn(4, 3, 5, 5)), layers=layers)
        return list(self.dump()[0]["tensors"])

    def test_are_chosen_by_glob_type_and_predicate(self) -> None:
        self.assertEqual(self.chosen("*.conv*"), ["block.conv1", "block.conv2"])
        self.assertEqual(self.chosen(nn.Linear), ["head"])
        self.assertEqual(self.chosen(["head", nn.ReLU]), ["stem.2", "block.relu", "head"])
        self.assertEqual(self.chosen(lambda path, module: path == "block.bn"), ["block.bn.input", "block.bn"])

    def test_that_are_no_choice_are_an_error_at_once(self) -> None:
        for options in ({"layers": [3]}, {"every": 0}, {"dtype": "int8"}, {"phases": "train"}, {"max_samples": 0}):
            with self.subTest(options), self.assertRaises(ValueError):
                Recorder(ConvNet(), self.folder, **options)  # type: ignore[arg-type]

    def test_of_another_phase_are_recorded_where_that_is_asked_for(self) -> None:
        def run(model: nn.Module) -> None:
            model.train()
            model(torch.randn(4, 3, 5, 5))
            model.eval()
            model(torch.randn(2, 3, 5, 5))

        recorder = Recorder(ConvNet(), self.folder, phases=("train", "eval"))
        run(recorder.model)
        recorder.step(0)
        recorder.close()
        self.assertEqual(self.files(), ["normscope.json", "step_000000_eval.safetensors", "step_000000_train.safetensors"])
        self.folder = self.home / "train"
        self.assertEqual(len(self.record(ConvNet(), run)["stem.0"]), 4)

    def test_have_the_names_of_the_model_inside_its_wrappers(self) -> None:
        model = nn.DataParallel(ConvNet())
        self.assertIn("block.bn", self.record(model, lambda each: each(torch.randn(4, 3, 5, 5))))

    def test_of_a_compiled_model_run_one_by_one(self) -> None:
        if not hasattr(torch, "compile"):
            return
        model = torch.compile(ConvNet(), backend="eager")
        x = torch.randn(4, 3, 5, 5)
        model(x)
        recorder = Recorder(model, self.folder, every=2)
        for step in range(4):
            model(x)
            recorder.step(step)
        recorder.close()
        self.assertEqual(self.files(), ["normscope.json", "step_000000.safetensors", "step_000002.safetensors"])
        self.assertIn("block.bn", self.dump(2)[1])


class Sidecar(RecorderTest):
    def setUp(self) -> None:
        super().setUp()
        self.record(ConvNet(), lambda each: each(torch.randn(4, 3, 5, 5)))
        self.layers = self.sidecar()["layers"]

    def test_says_what_the_modules_are(self) -> None:
        norm = dict(self.layers["norm"])
        for name in ("source", "class", "base", "ownForward", "attributes"):
            del norm[name]
        self.assertEqual(
            norm,
            {"module": "torch.nn.GroupNorm", "layout": "NCHW", "epsilon": 1e-4, "groups": 2, "input": "norm.input"},
        )
        self.assertEqual(self.layers["norm.input"], {"layout": "NCHW", "epsilon": 1e-4, "groups": 2})
        self.assertEqual((self.layers["stem.1"]["momentum"], self.layers["stem.1"]["input"]), (0.2, "stem.0"))
        self.assertEqual(self.layers["block.relu"]["layout"], "NCHW")

    def test_says_where_the_layers_are_defined(self) -> None:
        expected = {
            "stem.1": line_of("nn.BatchNorm2d(channels, momentum=0.2)"),
            "block.bn": line_of("self.bn ="),
            "block.gn": line_of("self.gn ="),
            "norm": line_of("self.norm ="),
        }
        for name, line in expected.items():
            self.assertEqual(self.layers[name]["source"], {"file": str(FIXTURES / "networks.py"), "line": line}, name)

    def test_says_where_a_script_defines_layers_without_a_class(self) -> None:
        model = nn.Sequential(
            collections.OrderedDict(
                [
                    ("fc", nn.Linear(3, 4)),
                    ("bn", nn.BatchNorm1d(4)),  # defined here
                ]
            )
        )
        self.folder = self.home / "script"
        with Recorder(model, self.folder) as recorder:
            model(torch.randn(5, 3))
            recorder.step(0)
        source = self.sidecar()["layers"]["bn"]["source"]
        self.assertEqual(source["file"], __file__)
        with open(__file__, encoding="utf-8") as file:
            self.assertIn('("bn", nn.BatchNorm1d(4)),  # defined here', file.readlines()[source["line"] - 1])

    def test_keeps_what_a_person_wrote(self) -> None:
        path = self.folder / "normscope.json"
        document = self.sidecar()
        document["description"] = "Mine."
        document["layers"]["norm"].update({"layout": "NHWC", "note": 3})
        document["layers"]["other*"] = {"layout": "NC"}
        path.write_text(__import__("json").dumps(document), encoding="utf-8")
        with Recorder(ConvNet(), self.folder) as recorder:
            recorder.model(torch.randn(2, 3, 5, 5))
            recorder.step(100)
        merged = self.sidecar()
        self.assertEqual(merged["description"], "Mine.")
        self.assertEqual((merged["layers"]["norm"]["layout"], merged["layers"]["norm"]["note"]), ("NHWC", 3))
        self.assertEqual(merged["layers"]["other*"], {"layout": "NC"})
        self.assertEqual(merged["layers"]["norm"]["epsilon"], 1e-4)
        self.assertEqual(merged["order"][0], "stem.0")

    def test_that_is_not_json_stays_as_it_is(self) -> None:
        path = self.folder / "normscope.json"
        path.write_text("{ mine", encoding="utf-8")
        with Recorder(ConvNet(), self.folder) as recorder:
            recorder.model(torch.randn(2, 3, 5, 5))
            recorder.step(100)
        self.assertEqual(path.read_text(encoding="utf-8"), "{ mine")
        self.assertIn("step_000100.safetensors", self.files())
        self.assertEqual(len(self.messages()), 1)

    def test_that_is_of_another_form_stays_as_it_is(self) -> None:
        texts = ["[]", "3", '{"layers": []}', '{"order": 3}', '{"recordedLayouts": null}', "\ufeff{}", "[" * 10**5]
        for number, text in enumerate(texts):
            self.folder = self.home / str(number)
            self.folder.mkdir()
            path = self.folder / "normscope.json"
            with self.subTest(text[:20]), Recorder(ConvNet(), self.folder, every=1) as recorder:
                path.write_text(text, encoding="utf-8")
                for step in range(4):
                    recorder.model(torch.randn(2, 3, 5, 5))
                    recorder.step(step)
                recorder.flush()
                self.assertEqual(path.read_text(encoding="utf-8"), text)
                self.assertEqual(len(self.files()), 5)
                self.assertEqual(len(self.messages()), number + 1)

    def test_that_is_a_folder_costs_the_sidecar_only(self) -> None:
        self.folder = self.home / "other"
        (self.folder / "normscope.json").mkdir(parents=True)
        with Recorder(ConvNet(), self.folder, every=1) as recorder:
            for step in range(4):
                recorder.model(torch.randn(2, 3, 5, 5))
                recorder.step(step)
        self.assertEqual(len(self.files()), 5)
        self.assertEqual(len(self.messages()), 1)

    def test_names_a_subclass_by_what_it_computes(self) -> None:
        class Own(nn.LayerNorm):
            pass

        class WithActivation(nn.BatchNorm1d):
            def __init__(self, channels: int) -> None:
                super().__init__(channels)
                self.act = nn.ReLU()

        self.folder = self.home / "subclass"
        self.record(nn.Sequential(Own(4), WithActivation(4)), lambda each: each(torch.randn(5, 4)))
        layers = self.sidecar()["layers"]
        self.assertEqual(layers["0"]["module"], "torch.nn.LayerNorm")
        self.assertTrue(layers["1"]["module"].endswith("WithActivation"))

    def test_names_a_norm_that_is_not_pytorchs_by_its_own_type(self) -> None:
        class CustomRMSNorm(nn.Module):
            def forward(self, x: Tensor) -> Tensor:
                return x * x.square().mean(-1, keepdim=True).rsqrt()

        self.folder = self.home / "custom"
        self.record(nn.Sequential(CustomRMSNorm()), lambda each: each(torch.randn(5, 4)))
        self.assertTrue(self.sidecar()["layers"]["0"]["module"].endswith(".CustomRMSNorm"))


class Hooks(RecorderTest):
    def test_are_there_only_while_a_step_records(self) -> None:
        hooks = nn.modules.module
        count = lambda: len(hooks._global_forward_hooks) + len(hooks._global_forward_pre_hooks)  # noqa: E731
        recorder = Recorder(ConvNet(), self.folder, every=3)
        counts = [count()]
        for step in range(6):
            recorder.model(torch.randn(2, 3, 5, 5))
            recorder.step(step)
            counts.append(count())
        recorder.close()
        self.assertEqual(counts, [2, 0, 0, 2, 0, 0, 2])
        self.assertEqual(count(), 0)
        self.assertEqual(self.files(), ["normscope.json", "step_000000.safetensors", "step_000003.safetensors"])

    def test_do_not_travel_with_a_copy_of_the_model(self) -> None:
        model = ConvNet()
        recorder = Recorder(model, self.folder)
        copied, pickled = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
        for other in (copied, pickled):
            other(torch.randn(2, 3, 5, 5))
        model(torch.randn(3, 3, 5, 5))
        recorder.step(0)
        recorder.close()
        records = self.dump()[1]
        self.assertEqual(len(records["stem.0"]), 3)
        self.assertNotIn("stem.0#1", records)


class Steps(RecorderTest):
    def recorded(self, steps: Any, **options: Any) -> Any:
        self.folder = self.home / str(len(list(self.home.iterdir())))
        recorder = Recorder(nn.LayerNorm(2), self.folder, **options)
        for step in steps:
            recorder.model(torch.ones(2, 2))
            recorder.step(step)
        recorder.close()
        return [int(name[5:11]) for name in self.files() if name.startswith("step")]

    def test_are_the_multiples_and_the_first(self) -> None:
        self.assertEqual(self.recorded(range(0, 9), every=4), [0, 4, 8])
        self.assertEqual(self.recorded(range(1, 10), every=4), [1, 4, 8])

    def test_by_default_are_dense_at_first(self) -> None:
        self.assertEqual(self.recorded(range(0, 301)), [0, 1, 2, 5, 10, 20, 50, 100, 200, 300])
        self.assertEqual(self.recorded(range(3, 301)), [3, 5, 10, 20, 50, 100, 200, 300])
        self.assertEqual(self.recorded(range(0, 130, 30)), [0, 30, 60, 120])
        self.assertEqual(self.recorded([*range(95, 104), *range(97, 203)], overwrite=True), [95, 100, 200])

    def test_are_dense_at_first_where_that_is_asked_for(self) -> None:
        self.assertEqual(self.recorded(range(0, 9), every=4, dense_start=True), [0, 1, 2, 4, 8])
        self.assertEqual(self.recorded(range(0, 61), every=50, dense_start=True), [0, 1, 2, 5, 10, 20, 50])
        self.assertEqual(self.recorded(range(0, 1101), every=1000, dense_start=True), [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
        self.assertEqual(self.recorded(range(0, 4), every=1, dense_start=True), [0, 1, 2, 3])
        self.assertEqual(self.recorded(range(0, 101), dense_start=False), [0, 100])

    def test_that_leap_are_the_first_at_or_beyond_each_multiple(self) -> None:
        self.assertEqual(self.recorded(range(0, 50, 7), every=20), [0, 21, 42])

    def test_without_a_number_count_from_zero(self) -> None:
        self.assertEqual(self.recorded([None] * 4, every=2), [0, 2])

    def test_of_a_run_that_goes_on_are_appended_and_never_replaced(self) -> None:
        with Recorder(nn.LayerNorm(2), self.folder, every=2) as recorder:
            for step in range(5):
                recorder.model(torch.full((2, 2), 1.0))
                recorder.step(step)
        before = {name: (self.folder / name).read_bytes() for name in self.files()}
        with Recorder(nn.LayerNorm(2), self.folder, every=2) as recorder:
            for step in range(3, 9):
                recorder.model(torch.full((2, 2), 2.0))
                recorder.step(step)
        self.assertEqual([name for name in self.files() if name not in before], ["step_000006.safetensors", "step_000008.safetensors"])
        for name, content in before.items():
            self.assertEqual((self.folder / name).read_bytes(), content, name)

    def test_of_a_block_of_ones_own(self) -> None:
        recorder = Recorder(nn.LayerNorm(2), self.folder, every=1000)
        recorder.model(torch.ones(3, 2))
        with recorder.recording(17):
            recorder.model(torch.ones(2, 2))
        recorder.close()
        self.assertEqual(self.files(), ["normscope.json", "step_000017.safetensors"])
        self.assertEqual(len(self.dump(17)[1]["model"]), 2)

    def test_of_blocks_of_ones_own_leave_the_step_around_them_complete(self) -> None:
        recorder = Recorder(nn.LayerNorm(2), self.folder, every=1)
        recorder.model(torch.ones(3, 2))
        with recorder.recording(17):
            recorder.model(torch.ones(2, 2))
            with recorder.recording(18):
                recorder.model(torch.ones(1, 2))
            recorder.model(torch.ones(5, 2))
        recorder.model(torch.ones(4, 2))
        recorder.step(0)
        recorder.close()
        samples = {step: [len(self.dump(step)[1][key]) for key in ("model", "model#1")] for step in (0, 17)}
        self.assertEqual(samples, {0: [3, 4], 17: [2, 5]})
        self.assertEqual(len(self.dump(18)[1]["model"]), 1)
        self.assertEqual(self.messages(), [])


if __name__ == "__main__":
    unittest.main()
