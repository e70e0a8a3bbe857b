"""A probe: what it records, and that it leaves no trace in the model, in the batch or in the process."""

import collections
import functools
import os
import random
import threading
import unittest
from typing import Any, Dict, List, NamedTuple, Optional

import torch
from snapshot import differences, everything
from support import ConvNet, Recorder, RecorderTest, normscope
from torch import Tensor, nn

try:
    import numpy
except ImportError:
    numpy = None


class Pair(NamedTuple):
    first: Any
    second: Any


class Holder(nn.Module):
    """A linear layer and a norm, and whatever a test lets its forward pass do to ``self``."""

    def __init__(self, **held: Any) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.norm = nn.LayerNorm(3)
        for name, value in held.items():
            setattr(self, name, value)
        self.act: Any = lambda model: None

    def forward(self, x: Tensor) -> Tensor:
        self.act(self)
        return self.norm(self.linear(x))


class Average:
    """A running average of parameters, as a plain object keeps it."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.parameters = list(model.parameters())
        self.shadow = {name: each.detach().clone() for name, each in model.named_parameters()}
        self.updates = 0
        self.lock = threading.Lock()

    def update(self) -> None:
        with self.lock, torch.no_grad():
            self.updates += 1
            for name, each in self.model.named_parameters():
                self.shadow[name].mul_(0.9).add_(each, alpha=0.1)
            for each in self.parameters:
                each.add_(1)


class Slotted:
    __slots__ = ("calls", "total", "unset")

    def __init__(self) -> None:
        self.calls = 0
        self.total = torch.zeros(2)


class SlottedModule(Holder):
    __slots__ = ("turns", "sums")


class Counted(Holder):
    calls = 0
    seen: List[int] = []
    sum = torch.zeros(1)


def change_parameters(model: Any) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1)
        model.linear.weight.data[0] = 5
        model.linear.bias.requires_grad_(False)


def change_tied(model: Any) -> None:
    with torch.no_grad():
        model.layers[0].weight.add_(1)
        model.pair.second[0].mul_(2)
        model.by_parameter[model.linear.weight] += 1
        if not torch.equal(model.linear.weight, model.layers[0].weight):
            raise AssertionError("no longer tied")
        if model.pair.second[0] is not model.linear.weight:
            raise AssertionError("no longer the same")


def change_view(model: Any) -> None:
    model.row.add_(1)
    if not torch.equal(model.table[0], model.row):
        raise AssertionError("no longer a view")


def change_containers(model: Any) -> None:
    model.calls += 1
    model.history.append(model.linear.weight)
    model.history[0][0].add_(1)
    model.names.add("new")
    model.recent.append(model.calls)
    model.nested["a"]["b"].append(3)
    del model.nested["gone"]
    model.ordered.move_to_end("first")
    model.defaults["other"] += 1
    model.raw[0] = 7


def add_attributes(model: Any) -> None:
    model.register_buffer("late", torch.ones(2))
    model.linear.weight_norm = torch.ones(1)
    model.linear.register_forward_hook(lambda *_: None)
    model.linear.train(not model.linear.training)
    model.tail = nn.Identity()
    model.__class__ = Counted


def change_slots(model: Any) -> None:
    model.turns += 1
    model.sums.add_(1)


def change_class(model: Any) -> None:
    type(model).calls += 1
    type(model).seen.append(1)
    type(model).sum.add_(1)


def draw(model: Any) -> None:
    random.random()
    torch.rand(2)
    torch.rand(2, generator=model.generator)
    model.random.random()
    if numpy is not None:
        numpy.random.rand(2)
        model.numpy_generator.random()
        model.numpy_state.rand()
        model.array += 1


def change_settings(model: Any) -> None:
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.enabled = False
    torch.set_autocast_enabled(True)
    torch.set_autocast_cache_enabled(True)
    torch.autograd.set_detect_anomaly(True)
    if hasattr(torch, "set_default_device"):
        torch.set_default_device("cpu")
    torch.set_default_dtype(torch.float32)


def learn(model: Any) -> None:
    """Training inside of a forward pass, as test-time adaptation does."""
    with torch.enable_grad():
        model.linear(torch.ones(1, 3)).sum().backward()


class LeavesNoTrace(RecorderTest):
    def assert_no_trace(self, model: nn.Module, probe: Any = None) -> None:
        """Nothing in the model or in the process differs after a probe, in either mode."""
        probe = torch.arange(6.0).reshape(2, 3) if probe is None else probe
        self.folder = self.home / str(len(os.listdir(self.home)))
        for mode in ("eval", "train"):
            with self.subTest(mode):
                before = everything(model)
                recorder = Recorder(model, self.folder / mode, probe=probe, probe_mode=mode, dtype="float32")
                recorder.step(0)
                after = everything(model)
                recorder.close()
                self.assertEqual(differences(before, after), [])
                self.assertEqual([message for message in self.messages() if "TorchScript" not in message], [])
                self.assertTrue((self.folder / mode / "step_000000.safetensors").exists())

    def test_in_parameters(self) -> None:
        model = Holder()
        model(torch.ones(1, 3)).sum().backward()
        model.act = change_parameters
        self.assert_no_trace(model)

    def test_in_the_parameters_that_somebody_else_holds(self) -> None:
        model = Holder(act=None)
        outside = [(each, each._version, each.detach().clone()) for each in model.parameters()]
        model.act = change_parameters
        self.assert_no_trace(model)
        for parameter, version, value in outside:
            self.assertEqual(parameter._version, version)
            self.assertTrue(torch.equal(parameter, value))

    def test_in_tied_weights_and_in_containers_that_hold_parameters(self) -> None:
        model = Holder()
        tied = nn.Linear(3, 3)
        tied.weight = model.linear.weight
        model.layers = [tied]
        model.pair = Pair(1, (model.linear.weight,))
        model.by_parameter = {model.linear.weight: 0}
        model.act = change_tied
        self.assert_no_trace(model)

    def test_in_views_of_a_tensor(self) -> None:
        model = Holder()
        model.register_buffer("table", torch.zeros(3, 2))
        model.row = model.table[0]
        model.act = change_view
        self.assert_no_trace(model)

    def test_in_plain_tensors_with_and_without_a_graph(self) -> None:
        model = Holder(state=torch.zeros(2), hidden=torch.ones(2, requires_grad=True) * 2)
        model.act = lambda each: (each.state.add_(1), each.hidden.add_(1))
        self.assert_no_trace(model)

    def test_in_slots_of_modules(self) -> None:
        model = SlottedModule()
        model.turns, model.sums = 0, torch.zeros(2)
        model.act = change_slots
        self.assert_no_trace(model)
        self.assertEqual((model.turns, model.sums.tolist()), (0, [0, 0]))

    def test_in_counters_and_containers(self) -> None:
        held: Dict[str, Any] = {
            "calls": 0,
            "history": [[torch.zeros(1)]],
            "names": {"old"},
            "recent": collections.deque([1, 2], maxlen=2),
            "nested": {"a": {"b": [1, 2]}, "gone": 1},
            "ordered": collections.OrderedDict(first=1, second=2),
            "defaults": collections.defaultdict(int),
            "raw": bytearray(3),
        }
        model = Holder(**held)
        model.act = change_containers
        self.assert_no_trace(model)

    def test_in_helper_objects_with_parts_that_cannot_be_copied(self) -> None:
        model = Holder()
        model.average = Average(model)
        model.slotted = Slotted()

        def act(each: Any) -> None:
            each.average.update()
            each.slotted.calls += 1
            each.slotted.total.add_(1)

        model.act = act
        self.assert_no_trace(model)

    def test_in_modules_that_are_hidden_in_a_list(self) -> None:
        hidden = nn.BatchNorm1d(3)
        model = Holder(hidden=[hidden])
        model.act = lambda each: each.hidden[0](torch.randn(4, 3))
        before = everything(hidden)
        self.assert_no_trace(model)
        self.assertEqual(differences(before, everything(hidden)), [])

    def test_in_new_attributes_hooks_modes_and_classes(self) -> None:
        model = Holder()
        model.act = add_attributes
        self.assert_no_trace(model)

    def test_in_attributes_of_a_class(self) -> None:
        model = Counted()
        model.act = change_class
        self.assert_no_trace(model)
        self.assertEqual((Counted.calls, Counted.seen, float(Counted.sum)), (0, [], 0.0))

    def test_in_variables_of_hooks(self) -> None:
        model = Holder()
        outputs: List[Tensor] = []
        calls = 0
        total = torch.zeros(1)

        def hook(module: nn.Module, arguments: Any, output: Tensor) -> None:
            nonlocal calls
            calls += 1
            outputs.append(output)
            total.add_(1)

        partial_calls: List[int] = []
        model.linear.register_forward_hook(hook)
        model.norm.register_forward_hook(functools.partial(lambda kept, *_: kept.append(1), partial_calls))
        self.assert_no_trace(model)
        self.assertEqual((outputs, calls, float(total), partial_calls), ([], 0, 0.0, []))

    def test_in_random_generators(self) -> None:
        held: Dict[str, Any] = {"generator": torch.Generator(), "random": random.Random(1)}
        if numpy is not None:
            held["numpy_generator"] = numpy.random.default_rng(1)
            held["numpy_state"] = numpy.random.RandomState(1)
            held["array"] = numpy.zeros(3)
        model = Holder(**held)
        model.act = draw
        self.assert_no_trace(model)

    def test_in_settings_of_pytorch(self) -> None:
        model = Holder()
        model.act = change_settings
        self.assert_no_trace(model)

    def test_in_gradients_where_the_forward_pass_learns(self) -> None:
        model = Holder()
        model(torch.ones(1, 3)).sum().backward()
        model.act = learn
        self.assert_no_trace(model)

    def test_in_the_recorder_that_a_model_holds(self) -> None:
        model = Holder()
        recorder = Recorder(model, self.folder, every=1, probe=torch.randn(2, 3))
        model.recorder = recorder
        for step in range(3):
            recorder.step(step)
        recorder.close()
        self.assertEqual(self.messages(), [])
        self.assertEqual(len(self.files()), 4)

    def test_in_script_modules(self) -> None:
        model = nn.Sequential(nn.LayerNorm(3), torch.jit.script(nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3))))
        self.assert_no_trace(model, torch.randn(4, 3))

    def test_in_a_graph_that_is_still_needed(self) -> None:
        model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
        loss = model(torch.randn(4, 3)).sum()
        recorder = Recorder(model, self.folder, probe=torch.randn(4, 3), probe_mode="train")
        recorder.step(0)
        loss.backward()
        recorder.close()
        self.assertEqual(self.messages(), [])

    def test_in_recurrent_networks(self) -> None:
        class Last(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.rnn = nn.LSTM(3, 4, 2, dropout=0.5, batch_first=True)
                self.norm = nn.LayerNorm(4)

            def forward(self, x: Any) -> Tensor:
                output = self.rnn(x)[0]
                return self.norm(output.data if isinstance(output, nn.utils.rnn.PackedSequence) else output)

        self.assert_no_trace(Last(), torch.randn(2, 5, 3))
        packed = nn.utils.rnn.pack_sequence([torch.randn(4, 3), torch.randn(2, 3)])
        model = Last()
        recorder = Recorder(model, self.folder, probe=packed)
        recorder.step(0)
        recorder.close()
        self.assertEqual(tuple(self.dump()[1]["norm"].shape), (6, 4))

    def test_in_parametrized_and_weight_normed_layers(self) -> None:
        first, last = nn.utils.weight_norm(nn.Linear(3, 3)), nn.utils.spectral_norm(nn.Linear(3, 3))
        model = nn.Sequential(first, nn.LayerNorm(3), last)
        model(torch.randn(2, 3)).sum().backward()
        self.assert_no_trace(model)
        model = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
        nn.utils.parametrizations.spectral_norm(model[0])
        self.assert_no_trace(model)

    def test_of_special_tensor_classes(self) -> None:
        class Marked(nn.Parameter):
            pass

        model = Holder()
        model.linear.weight = Marked(model.linear.weight.detach())
        model.linear.weight.note = [torch.zeros(1)]

        def act(each: Any) -> None:
            if type(each.linear.weight) is not Marked:
                raise AssertionError("not the same class")
            each.linear.weight.note[0].add_(1)
            each.linear.weight.note.append(1)

        model.act = act
        self.assert_no_trace(model)


class Batch(RecorderTest):
    """The probe's own batch, of any make, with models that work in place."""

    def assert_batch_stays(self, probe: Any, tensors: List[Tensor], model: Optional[nn.Module] = None) -> None:
        before = [each.clone() for each in tensors]
        recorder = Recorder(model or InPlace(), self.folder, every=1, probe=probe, dtype="float32")
        recorder.step(0)
        recorder.step(1)
        recorder.close()
        self.assertEqual(self.messages(), [])
        for old, new in zip(before, tensors):
            self.assertTrue(torch.equal(old, new))
        self.assertTrue(torch.equal(self.dump(0)[1]["norm"], self.dump(1)[1]["norm"]))

    def test_stays_where_it_is_a_tensor(self) -> None:
        x = torch.randn(2, 3)
        self.assert_batch_stays(x, [x])

    def test_stays_where_it_is_nested(self) -> None:
        x = torch.randn(2, 3)
        for name, probe in {"tuple": (x,), "dict": {"x": x}, "deep": ({"x": [x]},), "named": (Pair(x, 0),)}.items():
            with self.subTest(name):
                self.folder = self.home / name
                tensors, _ = normscope._tensors_in(probe)
                self.assert_batch_stays(probe, [each for _, each in tensors])

    def test_stays_where_it_is_an_object(self) -> None:
        class Thing:
            def __init__(self) -> None:
                self.x = torch.randn(2, 3)

        thing = Thing()
        self.assert_batch_stays((thing,), [thing.x])

    def test_is_without_a_device_of_the_default(self) -> None:
        if not hasattr(torch, "set_default_device"):
            self.skipTest("PyTorch 1.13 has no default device")
        model = InPlace()
        torch.set_default_device("meta")
        self.addCleanup(torch.set_default_device, None)
        x = torch.ones(2, 3, device="cpu")
        with normscope._undisturbed(model, "eval") as inner:
            output = normscope._prepared(inner, x)()
        self.assertEqual(output.device.type, "cpu")
        self.assertTrue(torch.equal(x, torch.ones(2, 3, device="cpu")))


class InPlace(nn.Module):
    """Works in place on the first tensor that it finds in its argument."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(3)

    def forward(self, x: Any) -> Tensor:
        while not isinstance(x, Tensor):
            x = x["x"] if isinstance(x, dict) else x[0] if isinstance(x, (list, tuple)) else x.x
        return self.norm(x.mul_(2).add_(1))


class Lazy(RecorderTest):
    def test_model_gets_its_shapes_from_training(self) -> None:
        model = nn.Sequential(nn.LazyLinear(3), nn.LayerNorm(3))
        recorder = Recorder(model, self.folder, every=1, probe=torch.randn(2, 5))
        recorder.step(0)
        self.assertTrue(nn.parameter.is_lazy(model[0].weight))
        self.assertEqual(self.files(), [])
        model(torch.randn(2, 5))
        recorder.step(1)
        recorder.close()
        self.assertEqual(self.files(), ["normscope.json", "step_000001.safetensors"])
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("0.weight", self.messages()[0])


class Records(RecorderTest):
    def test_leaves_the_buffers_themselves_alone(self) -> None:
        model = ConvNet()
        before = {name: (id(buffer), buffer._version, buffer.clone()) for name, buffer in model.named_buffers()}
        recorder = Recorder(model, self.folder, probe=torch.randn(4, 3, 5, 5), probe_mode="train")
        recorder.step(0)
        recorder.close()
        for name, buffer in model.named_buffers():
            identity, version, value = before[name]
            self.assertEqual((id(buffer), buffer._version), (identity, version), name)
            self.assertTrue(torch.equal(buffer, value), name)
        tensors = self.dump()[1]
        self.assertFalse(torch.equal(tensors["stem.1.running_mean"], model.stem[1].running_mean))

    def test_is_the_same_each_time_until_parameters_change(self) -> None:
        model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.LayerNorm(8))
        recorder = Recorder(model, self.folder, every=1, probe=torch.randn(4, 4), probe_mode="train", dtype="float32")
        for step in range(2):
            torch.rand(5)
            recorder.step(step)
        with torch.no_grad():
            model[0].weight.mul_(2)
        recorder.step(2)
        recorder.close()
        first, second, third = (self.dump(step)[1]["1"] for step in range(3))
        self.assertTrue(torch.equal(first, second))
        self.assertFalse(torch.equal(first, third))

    def test_runs_in_the_mode_that_was_chosen_and_says_so(self) -> None:
        model = ConvNet().train()
        recorder = Recorder(model, self.folder, probe=(torch.randn(4, 3, 5, 5), torch.zeros(4)))
        recorder.step(0)
        recorder.close()
        metadata, tensors = self.dump()
        self.assertEqual((metadata["phase"], metadata["probe"]), ("eval", True))
        self.assertFalse(metadata["tensors"]["stem.1"]["training"])
        self.assertTrue(torch.equal(tensors["stem.1.running_mean"], torch.zeros(8)))
        self.assertTrue(all(module.training for module in model.modules()))

    def test_puts_everything_back_when_the_model_fails(self) -> None:
        class Fails(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.norm = nn.BatchNorm1d(3)

            def forward(self, x: Tensor) -> Tensor:
                self.norm(x)
                raise RuntimeError("no")

        model = Fails()
        state = torch.get_rng_state()
        recorder = Recorder(model, self.folder, probe=torch.randn(4, 3), probe_mode="train")
        state = torch.get_rng_state()
        recorder.step(0)
        recorder.step(1)
        recorder.close()
        self.assertTrue(torch.equal(torch.get_rng_state(), state))
        self.assertTrue(torch.equal(model.norm.running_mean, torch.zeros(3)))
        self.assertEqual(int(model.norm.num_batches_tracked), 0)
        self.assertEqual(len(self.messages()), 1)

    def test_sees_the_layers_inside_of_a_fused_encoder_layer(self) -> None:
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        recorder = Recorder(layer, self.folder, probe=torch.randn(2, 3, 8))
        recorder.step(0)
        recorder.close()
        self.assertTrue({"norm1", "norm2"} <= self.dump()[1].keys())
        layer.eval()
        fast = getattr(layer, "activation_relu_or_gelu", 1)
        self.assertEqual(fast, 1)

    def test_takes_keyword_arguments_and_functions(self) -> None:
        model = ConvNet()
        x = torch.randn(2, 3, 5, 5)
        for name, probe in {"dict": {"x": x}, "function": lambda each: each(x)}.items():
            recorder = Recorder(model, self.folder / name, probe=probe)
            recorder.step(0)
            recorder.close()
            self.assertTrue((self.folder / name / "step_000000.safetensors").exists())
        self.assertEqual(self.messages(), [])


if __name__ == "__main__":
    unittest.main()
