"""What is recorded is what the next layer reads, also beside hooks of one's own, and each forward pass is recorded once."""

import copy
import gc
import pickle
import threading
import unittest
import weakref
from typing import Any, Callable, Dict, List, Tuple
from unittest import mock

import torch
from support import ConvNet, Recorder, RecorderTest, normscope
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

GLOBAL = nn.modules.module


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3), nn.BatchNorm1d(3))


class Reads:
    """Copies of what ``F.batch_norm`` and ``F.relu`` are called with, and give, in order."""

    def __init__(self) -> None:
        self.inputs: List[Tensor] = []
        self.outputs: List[Tensor] = []

    def __enter__(self) -> "Reads":
        self.patches = [mock.patch.object(F, name, self.wrapped(getattr(F, name))) for name in ("batch_norm", "relu")]
        for patch in self.patches:
            patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        for patch in self.patches:
            patch.stop()

    def wrapped(self, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def call(x: Tensor, *arguments: Any, **options: Any) -> Tensor:
            self.inputs.append(x.detach().clone())
            output = function(x, *arguments, **options)
            self.outputs.append(output.detach().clone())
            return output

        return call


class CaptureTest(RecorderTest):
    def recorded(self, model: nn.Module, run: Callable[[nn.Module], Any], **options: Any) -> Tuple[Any, Dict[str, Tensor]]:
        tensors = self.record(model, run, **options)
        return self.dump()[0]["tensors"], tensors

    def assert_equal(self, found: Tensor, expected: Tensor, about: Any = None) -> None:
        self.assertEqual(found.shape, expected.shape, about)
        self.assertTrue(torch.equal(found, expected), about)


class OwnHooks(CaptureTest):
    """The model's own hooks may replace and change what layers take and give."""

    def check(self, prepare: Callable[[nn.Sequential], Any]) -> Any:
        """Records a network with hooks, and compares with what its batch normalizations and ReLU really read."""
        model, x = network(), torch.randn(8, 4)
        prepare(model)
        with Reads() as reads:
            notes, tensors = self.recorded(model, lambda each: each(x))
        for layer, (read, _) in zip(("1", "2", "4"), zip(reads.inputs, reads.outputs)):
            key = notes[layer].get("input")
            if layer != "2":
                self.assert_equal(tensors[key], read, (layer, key))
        self.assertEqual(self.messages(), [])
        return model, notes, tensors, reads

    def test_that_scale_an_output(self) -> None:
        for name in ("replace", "in place"):
            self.folder = self.home / name

            def scaled(model: nn.Sequential) -> None:
                for layer in (model[0], model[1], model[2]):
                    layer.register_forward_hook(lambda _m, _i, y: y.mul(3).add(1) if name == "replace" else triple(y))

            _, notes, tensors, reads = self.check(scaled)
            self.assertEqual(notes["1"]["input"], "0")
            # What the batch norm gave and its hook changed is what the ReLU reads.
            self.assert_equal(tensors["1"], reads.inputs[1], name)
            self.assert_equal(tensors["2"], reads.outputs[1] * 3 + 1, name)

    def test_that_change_an_input(self) -> None:
        def replace(_: nn.Module, inputs: Any) -> Any:
            return (inputs[0] * 3 + 1,)

        def bare(_: nn.Module, inputs: Any) -> Any:
            return inputs[0] - 5

        def in_place(_: nn.Module, inputs: Any) -> None:
            with torch.no_grad():
                inputs[0].mul_(2)

        for hook in (replace, bare, in_place):
            with self.subTest(hook.__name__):
                self.folder = self.home / hook.__name__
                _, notes, _, _ = self.check(lambda model: model[1].register_forward_pre_hook(hook))
                self.assertEqual((notes["1"]["input"], notes["4"]["input"]), ("1.input", "3"))

    def test_that_only_look_keep_the_link_to_the_producer(self) -> None:
        def look(model: nn.Sequential) -> None:
            for layer in model:
                layer.register_forward_hook(lambda *_: None)
                layer.register_forward_pre_hook(lambda *_: None)

        _, notes, _, _ = self.check(look)
        self.assertEqual((notes["1"]["input"], notes["4"]["input"]), ("0", "3"))

    def test_that_run_backward_keep_the_link_to_the_producer(self) -> None:
        def backward(model: nn.Sequential) -> None:
            for layer in model:
                layer.register_full_backward_hook(lambda *_: None)

        model, notes, _, _ = self.check(backward)
        self.assertEqual((notes["1"]["input"], notes["4"]["input"]), ("0", "3"))
        self.assertNotIn("1.input", notes)

    def test_that_are_global_and_registered_before_and_after_the_recorder(self) -> None:
        def scale_output(module: nn.Module, _: Any, output: Tensor) -> Any:
            return output * 2 + 1 if isinstance(module, nn.Linear) else None

        def scale_input(module: nn.Module, inputs: Any) -> Any:
            return (inputs[0] * 5,) if isinstance(module, nn.BatchNorm1d) else None

        def run(model: nn.Module, late: bool) -> None:
            handles = [GLOBAL.register_module_forward_hook(scale_output), GLOBAL.register_module_forward_pre_hook(scale_input)]
            try:
                if not late:
                    self.recorder_run(model)
                else:
                    self.model_run(model)
            finally:
                for handle in handles:
                    handle.remove()

        self.model_run = lambda model: model(torch.randn(8, 4))
        for late in (False, True):
            with self.subTest(late=late), Reads() as reads:
                self.folder = self.home / f"late {late}"
                model = network()
                if late:
                    notes, tensors = self.recorded(model, lambda each: run(each, True))
                else:
                    self.recorder_run = lambda each: self.recorded(each, self.model_run)
                    run(model, False)
                    notes, tensors = self.dump()[0]["tensors"], self.dump()[1]
                self.assert_equal(tensors[notes["1"]["input"]], reads.inputs[0])
                self.assert_equal(tensors[notes["4"]["input"]], reads.inputs[2])
                self.assert_equal(tensors["2"], reads.outputs[1])

    def test_run_in_their_order_and_with_their_arguments(self) -> None:
        def calls(record: bool) -> List[Any]:
            torch.manual_seed(5)
            model, x, seen = network(), torch.randn(8, 4), []
            for name in "ab":
                model[1].register_forward_pre_hook(lambda _m, i, name=name: seen.append((f"pre {name}", i[0].sum().item())))
                model[1].register_forward_hook(lambda _m, _i, y, name=name: seen.append((name, y.sum().item())) or y + 1)
            handle = GLOBAL.register_module_forward_hook(lambda m, _i, y: seen.append(("global", type(m).__name__)))
            try:
                if record:
                    self.record(model, lambda each: seen.append(each(x).sum().item()))
                else:
                    seen.append(model(x).sum().item())
            finally:
                handle.remove()
            seen.append(list(model[1]._forward_hooks))
            return seen[:-1] + [len(seen[-1])]

        self.assertEqual(calls(True), calls(False))

    def test_that_take_keyword_arguments(self) -> None:
        class Keywords(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.fc, self.bn = nn.Linear(4, 6), nn.BatchNorm1d(6)

            def forward(self, x: Tensor) -> Tensor:
                return self.bn(input=self.fc(input=x))

        def run(model: nn.Module) -> None:
            with Reads() as reads:
                model(torch.randn(8, 4))
            self.read = reads.inputs[0]

        model = Keywords()
        notes, tensors = self.recorded(model, run)
        self.assertEqual(notes["bn"]["input"], "fc")
        self.assert_equal(tensors["fc"], self.read)
        self.folder = self.home / "hooks"
        model.bn.register_forward_pre_hook(lambda *_: None)
        model.bn.register_forward_hook(lambda *_: None)
        if hasattr(model.bn, "_forward_pre_hooks_with_kwargs"):
            model.bn.register_forward_pre_hook(lambda _m, a, k: (a, {"input": k["input"] * 4}), with_kwargs=True)
        notes, tensors = self.recorded(model, run)
        self.assert_equal(tensors[notes["bn"]["input"]], self.read)
        self.assertEqual(self.messages(), [])


def triple(y: Tensor) -> None:
    """Three times a tensor and one more, in place."""
    with torch.no_grad():
        y.mul_(3).add_(1)


class InPlace(CaptureTest):
    def test_changes_between_producer_and_reader_are_seen(self) -> None:
        class Model(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.fc, self.bn = nn.Linear(4, 6), nn.BatchNorm1d(6)

            def forward(self, x: Tensor) -> Tensor:
                return self.bn(self.fc(x).mul_(2).add_(1))

        with Reads() as reads:
            notes, tensors = self.recorded(Model(), lambda each: each(torch.randn(8, 4)))
        self.assertEqual(notes["bn"]["input"], "bn.input")
        self.assert_equal(tensors["bn.input"], reads.inputs[0])

    def test_normalization_has_the_input_from_before_it(self) -> None:
        class InPlaceBatchNorm(nn.Module):
            def forward(self, x: Tensor) -> Tensor:
                with torch.no_grad():
                    return x.sub_(x.mean(0)).div_(x.std(0))

        model, x = nn.Sequential(InPlaceBatchNorm()), torch.randn(8, 4) * 3 + 5
        before = x.clone()
        notes, tensors = self.recorded(model, lambda each: each(x))
        self.assert_equal(tensors[notes["0"]["input"]], before)
        self.assert_equal(tensors["0"], x)

    def test_normalization_behind_a_pre_hook_says_that_its_input_is_not_known(self) -> None:
        class InPlaceBatchNorm(nn.Module):
            def forward(self, x: Tensor) -> Tensor:
                with torch.no_grad():
                    return x.sub_(x.mean(0)).div_(x.std(0))

        model = nn.Sequential(InPlaceBatchNorm())
        model[0].register_forward_pre_hook(lambda _m, i: (i[0] * 3,))
        notes, _ = self.recorded(model, lambda each: each(torch.randn(8, 4)))
        self.assertNotIn("input", notes["0"])
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("in place", self.messages()[0])


class ComputedParameters(CaptureTest):
    """Weight norm, spectral norm and parametrizations compute parameters, some with a trace in buffers."""

    VARIANTS: Dict[str, Callable[[nn.Module], nn.Module]] = {
        "weight_norm": nn.utils.weight_norm,
        "spectral_norm": nn.utils.spectral_norm,
        "parametrized spectral norm": parametrizations.spectral_norm,
        "parametrized": lambda layer: doubled(layer),
    }

    def test_leave_links_and_training_as_they_are(self) -> None:
        for name, apply in self.VARIANTS.items():
            with self.subTest(name):
                self.folder = self.home / name
                results = []
                for record in (False, True):
                    torch.manual_seed(4)
                    model, x = nn.Sequential(apply(nn.Linear(4, 6)), nn.BatchNorm1d(6), nn.ReLU()), torch.randn(8, 4)
                    with Reads() as reads:
                        if record:
                            notes, tensors = self.recorded(model, lambda each: each(x))
                        else:
                            model(x)
                    results.append({key: value.clone() for key, value in model.state_dict().items()})
                self.assertEqual(notes["1"]["input"], "0")
                self.assert_equal(tensors["0"], reads.inputs[0])
                for key, value in results[0].items():
                    self.assert_equal(results[1][key], value, key)

    def test_of_a_normalization_layer_are_not_computed_again(self) -> None:
        computed = []

        class Counts(nn.Module):
            def forward(self, weight: Tensor) -> Tensor:
                computed.append(1)
                return weight * 2

        model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6))
        parametrize.register_parametrization(model[1], "weight", Counts())
        computed.clear()
        model(torch.randn(8, 4))
        plain = len(computed)
        with Reads() as reads:
            notes, tensors = self.recorded(model, lambda each: each(torch.randn(8, 4)))
        self.assertEqual(len(computed), 2 * plain)
        self.assert_equal(tensors[notes["1"]["input"]], reads.inputs[0])
        self.assertEqual(self.sidecar()["layers"]["1"]["module"], "torch.nn.BatchNorm1d")


def doubled(layer: nn.Module) -> nn.Module:
    class Double(nn.Module):
        def forward(self, weight: Tensor) -> Tensor:
            return weight * 2

    parametrize.register_parametrization(layer, "weight", Double())
    return layer


class Calls(CaptureTest):
    def test_that_raise_leave_no_hook_and_the_next_is_recorded(self) -> None:
        class FailingReLU(nn.ReLU):
            fail = True

            def forward(self, x: Tensor) -> Tensor:
                if self.fail:
                    raise RuntimeError("out of memory")
                return super().forward(x)

        model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), FailingReLU())
        seen: List[Tensor] = []
        model[2].register_forward_hook(lambda _m, _i, y: y + 1)
        recorder = Recorder(model, self.folder, dtype="float32")
        with self.assertRaises(RuntimeError):
            model(torch.randn(8, 4))
        copied = copy.deepcopy(model)
        model[2].fail = False
        copied[2].fail = False
        copied(torch.randn(2, 4))
        seen.append(model(torch.randn(8, 4)).detach().clone())
        self.assertEqual(len(model[2]._forward_hooks), 1)
        recorder.step(0)
        recorder.close()
        notes, tensors = self.dump()[0]["tensors"], self.dump()[1]
        self.assert_equal(tensors["2"], seen[0])
        self.assertNotIn("2#1", notes)
        FailingReLU.fail = True
        recorder = Recorder(model, self.home / "second")
        model[2].fail = True
        with self.assertRaises(RuntimeError):
            model(torch.randn(8, 4))
        recorder.close()
        self.assertEqual(len(model[2]._forward_hooks), 1)

    def test_of_a_copy_made_in_the_middle_are_not_recorded(self) -> None:
        copies: List[nn.Module] = []
        norm = Within()
        globals()["COPY_NOW"] = lambda: copies.extend([copy.deepcopy(norm), pickle.loads(pickle.dumps(norm))])
        x = torch.randn(8, 4)
        notes, tensors = self.recorded(norm, lambda each: each(x), layers="*")
        self.assertEqual(len(copies), 2)
        for each in copies:
            each.copies = False
            self.assert_equal(each(x).detach(), tensors["model"])

    def test_of_a_module_inside_of_itself_have_their_own_inputs(self) -> None:
        class Recursive(nn.BatchNorm1d):
            def forward(self, x: Tensor, depth: int = 2) -> Tensor:
                return super().forward(x) if depth == 0 else self(x + depth, depth - 1) * 2

        for hooked in (False, True):
            self.folder = self.home / f"{hooked}"
            model, x = nn.Sequential(Recursive(4)), torch.randn(8, 4)
            if hooked:
                model[0].register_forward_hook(lambda _m, _i, y: y + 1)
                model[0].register_forward_pre_hook(lambda _m, _i: None)
            outputs: List[Tensor] = []
            model[0].register_forward_hook(lambda _m, _i, y: outputs.append(y.detach().clone()))
            notes, tensors = self.recorded(model, lambda each: each(x))
            for call, (expected, output) in enumerate(zip([x, x + 2, x + 2 + 1], reversed(outputs))):
                key = "0" if call == 0 else f"0#{call}"
                self.assert_equal(tensors[notes[key]["input"]], expected, (hooked, key))
                self.assert_equal(tensors[key], output, (hooked, key))

    def test_in_several_threads_keep_inputs_and_outputs_together(self) -> None:
        model = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.ReLU())
        model[1].register_forward_hook(lambda _m, _i, y: y + 1)
        threads = 6
        barrier = threading.Barrier(threads)

        def work(number: int) -> None:
            barrier.wait(timeout=30)
            for _ in range(5):
                model(torch.full((3, 4), float(number)))

        def run(_: nn.Module) -> None:
            each = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
            for thread in each:
                thread.start()
            for thread in each:
                thread.join(timeout=60)

        notes, tensors = self.recorded(model, run, max_calls=threads * 5)
        self.assertEqual(self.messages(), [])
        outputs = [key for key in notes if notes[key]["layer"] == "1"]
        self.assertEqual(len(outputs), threads * 5)
        for key in outputs:
            expected = F.layer_norm(tensors[notes[key]["input"]], (6,), model[1].weight, model[1].bias) + 1
            self.assertTrue(torch.equal(tensors[key], expected.detach()), key)
        self.assertEqual(len(model[1]._forward_hooks), 1)

    def test_of_replicas_are_those_of_the_module_and_mark_nothing(self) -> None:
        model, x = ConvNet(), torch.randn(4, 3, 5, 5)
        model.block.bn.register_forward_hook(lambda _m, _i, y: y + 1)
        before = {path: set(vars(module)) for path, module in model.named_modules()}
        with mock.patch.object(normscope, "_first_device", lambda _: torch.device("cpu")):
            recorder = Recorder(model, self.folder, dtype="float32")
        self.assertEqual(before, {path: set(vars(module)) for path, module in model.named_modules()})
        replica = model.block.bn._replicate_for_data_parallel()
        for name in ("weight", "bias"):
            setattr(replica, name, getattr(model.block.bn, name))
        y = replica(model.block.conv1(model.stem(x)))
        copy.deepcopy(model)(torch.randn(2, 3, 5, 5))
        recorder.step(0)
        recorder.close()
        self.assert_equal(self.dump()[1]["block.bn"], y.detach())
        self.assertNotIn("block.bn#1", self.dump()[1])

    def test_of_a_trace_are_not_recorded_and_leave_no_trace(self) -> None:
        model, x = ConvNet().eval(), torch.randn(2, 3, 5, 5)
        plain = str(torch.jit.trace(model, x, check_trace=False).inlined_graph).count("aten::")
        recorder = Recorder(model, self.folder, phases=("eval",))
        armed = str(torch.jit.trace(model, x, check_trace=False).inlined_graph).count("aten::")
        model(x)
        recorder.step(0)
        recorder.close()
        self.assertEqual(armed, plain)
        self.assertNotIn("stem.1#1", self.dump()[1])


def does_nothing(*_: Any) -> None:
    pass


class Within(nn.BatchNorm1d):
    """Makes copies of itself in its forward pass, as a teacher made from a student does."""

    copies = True

    def __init__(self) -> None:
        super().__init__(4)
        self.register_forward_hook(does_nothing)

    def forward(self, x: Tensor) -> Tensor:
        if self.copies:
            globals()["COPY_NOW"]()
        return super().forward(x)


class Recomputation(CaptureTest):
    """A checkpoint runs its part of the model a second time in the backward pass."""

    def layers(self) -> nn.Sequential:
        return nn.Sequential(nn.Linear(6, 6), nn.LayerNorm(6), nn.ReLU(), nn.Linear(6, 6), nn.BatchNorm1d(6))

    def check(self, run: Callable[[nn.Module, Tensor], Tensor]) -> None:
        model, x = self.layers(), torch.randn(8, 6, requires_grad=True)
        notes, _ = self.recorded(model, lambda each: run(each, x).sum().backward())
        self.assertTrue({"1", "2", "4"} <= notes.keys(), notes.keys())
        self.assertFalse([key for key in notes if "#" in key], notes.keys())
        self.assertIsNotNone(model[0].weight.grad)

    def test_of_a_checkpoint_is_not_recorded(self) -> None:
        for reentrant in (True, False):
            with self.subTest(reentrant):
                self.folder = self.home / f"{reentrant}"
                self.check(lambda model, x: checkpoint(model, x, use_reentrant=reentrant))

    def test_of_checkpoints_in_a_checkpoint_is_not_recorded(self) -> None:
        for outer in (True, False):
            for inner in (True, False):
                with self.subTest((outer, inner)):
                    self.folder = self.home / f"{outer} {inner}"

                    def nested(model: Any, x: Tensor) -> Tensor:
                        first = lambda y: checkpoint(model[:3], y, use_reentrant=inner)  # noqa: E731
                        return checkpoint(lambda y: model[3:](first(y)), x, use_reentrant=outer)

                    self.check(nested)

    def test_of_a_sequence_of_checkpoints_is_not_recorded(self) -> None:
        options = {"use_reentrant": True} if torch.__version__ >= "2" else {}
        self.check(lambda model, x: checkpoint_sequential(model, 2, x, **options))

    def test_through_autograd_grad_is_not_recorded(self) -> None:
        def run(model: nn.Module, x: Tensor) -> Tensor:
            y = checkpoint(model, x, use_reentrant=False)
            torch.autograd.grad(y.square().sum(), list(model.parameters()), retain_graph=False)
            return model[0].weight.sum()

        self.check(run)

    def test_in_a_function_of_ones_own_is_not_recorded(self) -> None:
        class Recomputes(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, model: nn.Module, x: Tensor, *parameters: Tensor) -> Tensor:
                ctx.model, ctx.parameters = model, parameters
                ctx.save_for_backward(x)
                return model(x)

            @staticmethod
            def backward(ctx: Any, gradient: Tensor) -> Any:
                with torch.enable_grad():
                    y = ctx.model(ctx.saved_tensors[0].detach().requires_grad_())
                return (None, None, *torch.autograd.grad(y, ctx.parameters, gradient))

        self.check(lambda model, x: Recomputes.apply(model, x, *model.parameters()))

    def test_is_not_taken_for_the_forward_pass_of_a_gradient_penalty(self) -> None:
        model, x = self.layers(), torch.randn(8, 6, requires_grad=True)

        def run(each: nn.Module) -> None:
            gradient, = torch.autograd.grad(each(x).sum(), x, create_graph=True)
            (each(x + 0.1 * gradient.detach()).sum() + gradient.square().sum()).backward()

        notes, _ = self.recorded(model, run)
        self.assertTrue({"1", "1#1", "4#1"} <= notes.keys(), notes.keys())
        self.assertNotIn("1#2", notes)


class Lifetime(CaptureTest):
    def hooks(self) -> int:
        return len(GLOBAL._global_forward_hooks) + len(GLOBAL._global_forward_pre_hooks)

    def test_of_hooks_ends_with_a_recorder_that_is_dropped(self) -> None:
        model = network()
        model[1].register_forward_hook(lambda *_: None)
        recorder = Recorder(model, self.folder)
        model(torch.randn(8, 4))
        capture = weakref.ref(recorder._capture)
        self.assertEqual(self.hooks(), 2)
        del recorder
        gc.collect()
        self.assertEqual(self.hooks(), 0)
        self.assertIsNone(capture())
        self.assertEqual(len(model[1]._forward_hooks), 1)

    def test_of_an_armed_step_holds_no_more_memory_with_every_forward_pass(self) -> None:
        class Failing(nn.ReLU):
            def forward(self, x: Tensor) -> Any:
                return [Odd(x=x)]

        class Odd(dict):
            def items(self) -> Any:
                raise RuntimeError("no")

        model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), Failing())
        recorder = Recorder(model, self.folder)
        sizes = []
        for passes in (50, 500):
            for _ in range(passes):
                model(torch.randn(8, 4))
            capture = recorder._capture
            records = capture.phases["train"]
            parts = (capture.problems, capture._problems, records.tensors, records.parameters, records.calls, capture._origins._of)
            arena = sum(block.numel() for block in records.arena._blocks)
            sizes.append([len(part) for part in parts] + [arena, records.arena._used, len(capture._calls_under_way(None))])
        recorder.close()
        self.assertEqual(sizes[0], sizes[1])

    def test_of_failed_forward_passes_holds_no_tensor(self) -> None:
        class Fails(nn.BatchNorm1d):
            def forward(self, x: Tensor) -> Tensor:
                raise RuntimeError("no")

        model = nn.Sequential(nn.Linear(4, 6), Fails(6))
        model[1].register_forward_pre_hook(lambda *_: None)
        recorder = Recorder(model, self.folder, max_calls=10_000)
        for _ in range(50):
            x = torch.randn(8, 4)
            with self.assertRaises(RuntimeError):
                model(x)
        calls = recorder._capture._under_way.calls
        recorder.close()
        self.assertLessEqual(len(calls), 1)


class Order(CaptureTest):
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleDict({name: nn.ReLU() for name in "abcde"})
            self.conv, self.norm = nn.Linear(4, 4), nn.BatchNorm1d(4)
            self.path = "abc"

        def forward(self, x: Tensor) -> Tensor:
            y = self.conv(x)
            for name in self.path:
                x = self.layers[name](x)
            return self.norm(y)

    def order(self) -> List[str]:
        return [name.replace("layers.", "") for name in self.sidecar()["order"]]

    def test_is_that_of_the_calls(self) -> None:
        self.record(self.Branches(), lambda each: each(torch.randn(8, 4)))
        self.assertEqual(self.order(), ["conv", "a", "b", "c", "norm"])

    def test_has_layers_of_later_steps_beside_their_neighbors(self) -> None:
        model = self.Branches()
        with Recorder(model, self.folder, every=1) as recorder:
            for step, path in enumerate(("ac", "adc", "abce")):
                model.path = path
                model(torch.randn(8, 4))
                recorder.step(step)
        self.assertEqual(self.order(), ["conv", "a", "b", "d", "c", "e", "norm"])

    def test_has_layers_of_another_phase_beside_their_neighbors(self) -> None:
        model = self.Branches()

        def run(_: nn.Module) -> None:
            for train, path in ((True, "ac"), (False, "abc")):
                model.train(train)
                model.path = path
                model(torch.randn(8, 4))

        with Recorder(model, self.folder, phases=("train", "eval")) as recorder:
            run(model)
            recorder.step(0)
        self.assertEqual(self.order(), ["conv", "a", "b", "c", "norm"])


if __name__ == "__main__":
    unittest.main()
