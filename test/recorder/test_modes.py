"""Ways to run a model that are not a plain forward and backward pass: what is recorded is what ran, and nothing changes."""

import contextlib
import copy
import re
import unittest
from typing import Any, Callable, Dict, Iterator, List
from unittest import mock

import torch
from support import ConvNet, Recorder, RecorderTest
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from twins import VERSION, TwinTest, same, watched


class Block(nn.Module):
    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.act = nn.GELU()
        self.drop = nn.Dropout(0.2)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.down(self.drop(self.act(self.up(self.norm(x)))))


class Checkpointed(nn.Module):
    """Two blocks that are computed again in the backward pass, and one that is not."""

    def __init__(self, reentrant: bool) -> None:
        super().__init__()
        self.first, self.second, self.third = Block(), Block(), Block()
        self.reentrant = reentrant

    def forward(self, x: Tensor) -> Tensor:
        x = checkpoint(self.first, x, use_reentrant=self.reentrant)
        x = checkpoint(self.second, x, use_reentrant=self.reentrant)
        return self.third(x)


class Checkpointing(TwinTest):
    def run_checkpointed(self, model: nn.Module) -> Tensor:
        return model(torch.randn(3, 8, requires_grad=True)).square().mean()

    def test_with_reentry_is_recorded_once(self) -> None:
        self.assert_same_training(lambda: Checkpointed(True), self.run_checkpointed)

    def test_without_reentry_is_recorded_once(self) -> None:
        self.assert_same_training(lambda: Checkpointed(False), self.run_checkpointed)

    @unittest.skipIf(VERSION < (2, 0), "PyTorch 1.13 cannot nest checkpoints without reentry")
    def test_that_is_nested_is_recorded_once(self) -> None:
        class Outer(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.inner = Checkpointed(False)

            def forward(self, x: Tensor) -> Tensor:
                return checkpoint(self.inner, x, use_reentrant=False)

        self.assert_same_training(Outer, self.run_checkpointed)


class Precision(TwinTest):
    def test_autocast_to_bfloat16(self) -> None:
        def build() -> nn.Module:
            return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(72, 4))

        def run(model: nn.Module) -> Tensor:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return model(torch.randn(4, 3, 5, 5)).float().square().mean()

        self.assert_same_training(build, run)
        self.assertEqual(self.dump()[1]["2"].dtype, torch.bfloat16)

    def test_double_as_the_default_type(self) -> None:
        torch.set_default_dtype(torch.float64)
        self.addCleanup(torch.set_default_dtype, torch.float32)
        model = ConvNet()
        plain = copy.deepcopy(model)
        x = torch.randn(4, 3, 5, 5)
        with watched(plain) as seen:
            expected = plain(x)
        with Recorder(model, self.folder, dtype="float32") as recorder:
            self.assertTrue(torch.equal(model(x), expected))
            recorder.step(0)
        tensors = self.dump()[1]
        for path in ("block.bn", "norm"):
            self.assertTrue(torch.equal(tensors[path], seen[path][0].float()), path)
        self.assertEqual(self.messages(), [])

    def test_a_gradient_scaler_that_is_off(self) -> None:
        scaler = torch.cuda.amp.GradScaler(enabled=False)
        self.assert_same_training(
            ConvNet, lambda model: scaler.scale(model(torch.randn(4, 3, 5, 5)).square().mean())
        )

    def test_deterministic_algorithms(self) -> None:
        torch.use_deterministic_algorithms(True)
        self.addCleanup(torch.use_deterministic_algorithms, False)
        self.assert_same_training(ConvNet, lambda model: model(torch.randn(4, 3, 5, 5)).square().mean())

    @unittest.skipIf(VERSION < (2, 0), "PyTorch 1.13 has no default device")
    def test_meta_as_the_default_device(self) -> None:
        model, x = ConvNet(), torch.randn(4, 3, 5, 5)
        twin = copy.deepcopy(model)
        with watched(twin) as seen:
            twin(x)
        torch.set_default_device("meta")
        self.addCleanup(torch.set_default_device, "cpu")
        for probe in (None, x):
            self.folder = self.home / ("plain" if probe is None else "probe")
            with Recorder(model, self.folder, dtype="float32", probe=probe) as recorder:
                model(x)
                recorder.step(0)
            self.assertIn("norm", self.dump()[1])
        self.folder = self.home / "plain"
        self.assertTrue(same(seen["norm"][0], self.dump()[1]["norm"]))
        self.assertEqual(self.messages(), [])


class Gradients(TwinTest):
    def test_accumulated_over_micro_batches(self) -> None:
        def run(model: nn.Module) -> Tensor:
            losses = [model(torch.randn(2, 3, 5, 5)).square().mean() for _ in range(3)]
            for loss in losses[:-1]:
                loss.backward()
            return losses[-1]

        self.assert_same_training(ConvNet, run)
        self.assertIn("norm#2", self.dump()[1])

    def test_off(self) -> None:
        for name, off in {"no_grad": torch.no_grad, "inference_mode": torch.inference_mode}.items():
            with self.subTest(name):
                self.folder = self.home / name
                model = ConvNet().eval()
                with Recorder(model, self.folder, dtype="float32", phases=("eval",)) as recorder:
                    with off(), watched(model) as seen:
                        model(torch.randn(4, 3, 5, 5))
                    recorder.step(0)
                self.assert_recorded(self.dump(), seen)
        self.assertEqual(self.messages(), [])


class Nested(RecorderTest):
    @unittest.skipIf(VERSION < (2, 0), "PyTorch 1.13 has no layer norm of nested tensors with gradients")
    def test_tensors_are_reported_and_change_nothing(self) -> None:
        model = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.ReLU())
        rows = [torch.randn(2, 4), torch.randn(3, 4)]
        for name, layout in {"strided": torch.strided, "jagged": getattr(torch, "jagged", torch.strided)}.items():
            with self.subTest(name):
                self.folder = self.home / name
                x = torch.nested.nested_tensor(rows, layout=layout)
                expected = [each.detach() for each in model(x).unbind()]
                with Recorder(model, self.folder, dtype="float32") as recorder:
                    found = [each.detach() for each in model(x).unbind()]
                    model(torch.randn(5, 4))
                    recorder.step(0)
                self.assertTrue(same(expected, found))
                self.assertTrue(any("nested" in message for message in self.messages()), self.messages())

    def test_tensors_inside_of_an_encoder_in_evaluation_change_nothing(self) -> None:
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=True).eval()
        x, mask = torch.randn(3, 5, 8), torch.tensor([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]])
        with torch.no_grad():
            expected = model(x, src_key_padding_mask=mask)
            with Recorder(model, self.folder, dtype="float32") as recorder:
                found = model(x, src_key_padding_mask=mask)
                recorder.step(0)
        self.assertTrue(same(expected, found))


class Encoders(TwinTest):
    """The fused path of evaluation is taken where no evaluation is recorded."""

    @staticmethod
    def whole() -> nn.Module:
        return nn.Transformer(8, 2, 2, 2, 16, dropout=0.1, batch_first=True)

    def test_and_decoders_in_training(self) -> None:
        self.assert_same_training(
            self.whole, lambda model: model(torch.randn(2, 5, 8), torch.randn(2, 4, 8)).square().mean()
        )

    def test_and_decoders_in_evaluation_are_as_fast_as_before(self) -> None:
        model = self.whole().eval()
        source, target = torch.randn(2, 5, 8), torch.randn(2, 4, 8)
        with torch.no_grad():
            with mock.patch("torch._transformer_encoder_layer_fwd", wraps=torch._transformer_encoder_layer_fwd) as fused:
                expected = model(source, target)
                calls = fused.call_count
                with Recorder(model, self.folder) as recorder:
                    found = model(source, target)
                    recorder.step(0)
                    self.assertEqual(fused.call_count, 2 * calls)
        self.assertGreater(calls, 0)
        self.assertTrue(same(expected, found))

    def test_and_decoders_in_evaluation_are_recorded_where_that_is_asked_for(self) -> None:
        model = self.whole().eval()
        source, target = torch.randn(2, 5, 8), torch.randn(2, 4, 8)
        with torch.no_grad(), unfused(), watched(model) as seen:
            expected = model(source, target)
        with torch.no_grad():
            with Recorder(model, self.folder, dtype="float32", phases=("eval",)) as recorder:
                found = model(source, target)
                recorder.step(0)
            self.assertTrue(same(expected, found))
        self.assert_recorded(self.dump(), seen)


@contextlib.contextmanager
def unfused() -> Iterator[None]:
    """Turns the fused paths of evaluation off; in PyTorch 1.13 hooks inside of an encoder layer do that."""
    switch = getattr(torch.backends, "mha", None)
    if switch is not None:
        switch.set_fastpath_enabled(False)
    try:
        yield
    finally:
        if switch is not None:
            switch.set_fastpath_enabled(True)


class Functional(RecorderTest):
    @staticmethod
    def functional_call() -> Callable[..., Any]:
        if hasattr(torch, "func"):
            return torch.func.functional_call
        return torch.nn.utils.stateless.functional_call

    def test_calls_are_recorded_with_the_parameters_that_they_use(self) -> None:
        model, x = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)), torch.randn(3, 4)
        others = {name: torch.randn_like(value) for name, value in model.named_parameters()}
        call = self.functional_call()
        expected = call(model, others, (x,)).detach()
        with Recorder(model, self.folder, dtype="float32") as recorder:
            found = call(model, others, (x,)).detach()
            recorder.step(0)
        tensors = self.dump()[1]
        self.assertTrue(same(expected, found))
        self.assertTrue(same(tensors["1"], expected))
        if VERSION >= (2, 0):  # Before, the parameters were properties, which the recorder does not read.
            self.assertTrue(same(tensors["1.weight"], others["1.weight"]))
        self.assertTrue(same(tensors["0"], torch.nn.functional.linear(x, others["0.weight"], others["0.bias"]).detach()))

    @unittest.skipIf(not hasattr(torch, "func"), "PyTorch 1.13 has no torch.func")
    def test_transforms_give_the_same_and_never_fail(self) -> None:
        model = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.GELU(), nn.Linear(6, 1))
        values, x = dict(model.named_parameters()), torch.randn(5, 4)

        def loss(parameters: Dict[str, Tensor], each: Tensor) -> Tensor:
            return torch.func.functional_call(model, parameters, (each,)).square().sum()

        transforms: Dict[str, Callable[[], Any]] = {
            "grad": lambda: torch.func.grad(loss)(values, x),
            "vmap": lambda: torch.func.vmap(loss, in_dims=(None, 0))(values, x),
            "vmap of grad": lambda: torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(values, x),
            "jacrev": lambda: torch.func.jacrev(loss, argnums=1)(values, x),
            "jacfwd": lambda: torch.func.jacfwd(loss, argnums=1)(values, x),
            "hessian": lambda: torch.func.hessian(loss, argnums=1)(values, x[0]),
            "jvp": lambda: torch.func.jvp(lambda each: loss(values, each), (x,), (torch.ones_like(x),)),
        }
        for name, transform in transforms.items():
            for summarize in (False, True):
                with self.subTest(name, summarize=summarize):
                    self.folder = self.home / f"{name}{summarize}"
                    expected = transform()
                    with Recorder(model, self.folder, every=1, dtype="float32", summarize=summarize) as recorder:
                        found = transform()
                        recorder.step(0)
                        model(x)
                        recorder.step(1)
                    self.assertTrue(same(expected, found))
                    # Whatever a transform's tensors are worth, the plain step after it is recorded.
                    self.assertIn("1", self.dump(1)[1])

    @unittest.skipIf(not hasattr(torch, "func"), "PyTorch 1.13 has no torch.func")
    def test_gradients_are_recorded_as_the_values_that_the_layers_saw(self) -> None:
        model, x = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6)), torch.randn(5, 4)
        values = dict(model.named_parameters())
        expected = model(x).detach()
        with Recorder(model, self.folder, dtype="float32") as recorder:
            torch.func.grad(lambda each: torch.func.functional_call(model, each, (x,)).square().sum())(values)
            recorder.step(0)
        reported = any(message for message in self.messages())
        self.assertTrue(reported or same(self.dump()[1]["1"], expected), "neither recorded nor reported")


class Lazy(TwinTest):
    def test_modules_are_recorded_from_their_first_call_on(self) -> None:
        def build() -> nn.Module:
            return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))

        torch.manual_seed(4)
        plain = build()
        x = torch.randn(3, 3, 6, 6)
        expected = plain(x).detach()
        torch.manual_seed(4)
        model = build()
        x = torch.randn(3, 3, 6, 6)
        with Recorder(model, self.folder, every=1, dtype="float32") as recorder:
            found = model(x).detach()
            recorder.step(0)
            with watched(model) as seen:
                model(x)
            recorder.step(1)
        self.assertTrue(same(expected, found))
        self.assertTrue(same(list(plain.state_dict().values())[0:2], list(model.state_dict().values())[0:2]))
        self.assert_recorded(self.dump(1), seen)
        self.assertEqual(self.messages(), [])


class Noisy(nn.Module):
    """A parametrization that draws a random number and counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, weight: Tensor) -> Tensor:
        self.calls += 1
        return weight * (1 + 0.1 * torch.rand(()))


class Parametrized(TwinTest):
    def assert_same(self, parametrize: Callable[[nn.Module], Any], layer: str) -> None:
        def build() -> nn.Module:
            model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
            parametrize(model[int(layer)])
            return model

        self.assert_same_training(build, lambda model: model(torch.randn(7, 6)).square().mean())

    def test_with_weight_norm(self) -> None:
        self.assert_same(nn.utils.weight_norm, "0")

    @unittest.skipIf(not hasattr(nn.utils.parametrizations, "weight_norm"), "PyTorch 1.13 has no such parametrization")
    def test_with_weight_norm_as_a_parametrization(self) -> None:
        self.assert_same(nn.utils.parametrizations.weight_norm, "3")

    def test_with_spectral_norm(self) -> None:
        self.assert_same(nn.utils.parametrizations.spectral_norm, "0")

    def test_with_orthogonal_weights(self) -> None:
        self.assert_same(nn.utils.parametrizations.orthogonal, "0")

    def test_normalization_whose_scale_changes_with_each_look(self) -> None:
        self.assert_same(lambda norm: nn.utils.parametrize.register_parametrization(norm, "weight", Noisy()), "1")


class Exported(RecorderTest):
    """A graph that is made while a recorder waits for the next step holds nothing of it."""

    def setUp(self) -> None:
        super().setUp()
        self.model, self.x = ConvNet().eval(), torch.randn(2, 3, 5, 5)

    def graphs(self, export: Callable[[], str]) -> List[str]:
        """Without a recorder, and with one for each kind of evaluation."""
        found = [export()]
        for name, options in {"plain": {}, "eval": {"phases": ("train", "eval")}}.items():
            with Recorder(self.model, self.home / name, dtype="float32", layers="*", **options):
                found.append(export())
        return found

    def assert_equal_graphs(self, export: Callable[[], str]) -> None:
        unarmed, *armed = self.graphs(export)
        for graph in armed:
            self.assertEqual(graph, unarmed)

    def test_by_tracing(self) -> None:
        def trace() -> str:
            traced = torch.jit.trace(self.model, self.x)
            # Each class that PyTorch makes has a number of its own.
            return re.sub(r"___torch_mangle_\d+\.", "", str(torch.jit.freeze(traced).graph))

        self.assert_equal_graphs(trace)

    def test_by_scripting(self) -> None:
        self.assert_equal_graphs(lambda: re.sub(r"___torch_mangle_\d+\.", "", str(torch.jit.script(self.model).inlined_graph)))

    @unittest.skipIf(not hasattr(torch, "export"), "PyTorch 1.13 has no torch.export")
    def test_by_torch_export(self) -> None:
        # Not strict=True: that fails in PyTorch itself where there is any global hook.
        self.assert_equal_graphs(
            lambda: torch.export.export(self.model, (self.x,), strict=False).graph_module.code
        )

    @unittest.skipIf(VERSION < (2, 0), "PyTorch 1.13 cannot trace a model with parameters this way")
    def test_by_a_proxy_of_real_tensors(self) -> None:
        from torch.fx.experimental.proxy_tensor import make_fx

        self.assert_equal_graphs(lambda: make_fx(self.model)(self.x).code)

    def test_by_symbolic_tracing(self) -> None:
        self.assert_equal_graphs(lambda: torch.fx.symbolic_trace(self.model).code)

    @unittest.skipIf(VERSION < (2, 0), "PyTorch 1.13 has no fake tensors that a model can be called with")
    def test_and_calls_with_fake_tensors_do_not_fail(self) -> None:
        from torch._subclasses.fake_tensor import FakeTensorMode

        with Recorder(self.model, self.folder, phases=("eval",), every=1, dtype="float32") as recorder:
            with FakeTensorMode(allow_non_fake_inputs=True) as mode:
                self.assertEqual(self.model(mode.from_tensor(self.x)).shape, (2, 4))
            recorder.step(0)
            with watched(self.model) as seen:
                self.model(self.x)
            recorder.step(1)
        self.assertTrue(same(seen["norm"][0], self.dump(1)[1]["norm"]))


if __name__ == "__main__":
    unittest.main()
