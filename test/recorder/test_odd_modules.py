"""One odd module, hook, output or layer name costs that layer at most."""

import unittest
import warnings
from typing import Any, Callable, Dict, List

import torch
from support import Recorder, RecorderTest
from torch import Tensor, nn
from torch.nn.utils import parametrizations


def refuses(*_: Any, **__: Any) -> Any:
    raise RuntimeError("not for you")


def odd_class(name: str, base: type, **attributes: Any) -> nn.Module:
    module = type(name, (base,), {})()
    for each, value in attributes.items():
        setattr(type(module), each, value)
    return module


class Child(nn.Module):
    """Linear, batch norm, ReLU: what is expected to be recorded of it is ``norm`` and its input."""

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.norm = nn.Linear(4, 4), nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.fc(x))


class OddModules(RecorderTest):
    def check(self, odd: nn.Module, run: Callable[[nn.Module, Tensor], Any], messages: int = 0, **options: Any) -> Dict[str, Tensor]:
        """Records an odd module between two healthy layers, which must be recorded as ever."""
        self.folder = self.home / f"run {len(list(self.home.iterdir()))}"
        model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
        model.add_module("odd", odd)
        model.add_module("after", nn.LayerNorm(4))
        before = len(self.messages())
        x = torch.randn(8, 4)
        tensors = self.record(model, lambda _: [model[1](model[0](x)), run(odd, x), model._modules["after"](x)], **options)
        self.assertTrue({"0", "1", "after", "after.input", "1.weight"} <= tensors.keys(), tensors.keys())
        self.assertTrue(torch.equal(tensors["after.input"], x))
        self.assertEqual(len(self.messages()) - before, messages, self.messages())
        return tensors

    def test_with_a_special_method_that_raises(self) -> None:
        for name in ("__len__", "__bool__", "__eq__", "__repr__", "__iter__", "__contains__", "__getitem__", "__dir__", "__str__"):
            with self.subTest(name):
                for base in (Child, nn.ModuleList):
                    odd = odd_class("Odd", base, **{name: refuses, **({"__hash__": nn.Module.__hash__} if name == "__eq__" else {})})
                    run = (lambda each, x: each(x)) if base is Child else (lambda each, x: None)
                    tensors = self.check(odd, run)
                    self.assertEqual("odd.norm" in tensors, base is Child)

    def test_with_a_hash_that_raises_or_an_equality_that_lies(self) -> None:
        for attributes in ({"__hash__": refuses}, {"__eq__": lambda *_: True, "__hash__": lambda _: 1}, {"__len__": lambda _: 0}, {"__hash__": None}):
            tensors = self.check(odd_class("Odd", Child, **attributes), lambda each, x: each(x))
            self.assertIn("odd.norm", tensors)

    def test_with_attributes_that_raise(self) -> None:
        names = ("weight", "bias", "running_mean", "eps", "num_groups", "momentum", "normalized_shape", "batch_first", "training_", "_orig_mod", "module")
        tensors = self.check(odd_class("OddLayerNorm", Child, **{name: property(refuses) for name in names}), lambda each, x: each(x))
        self.assertIn("odd.norm", tensors)

        class OddLayerNorm(nn.Module):
            weight = property(refuses)
            eps = property(refuses)

            def forward(self, x: Tensor) -> Tensor:
                return x * 2

        tensors = self.check(OddLayerNorm(), lambda each, x: each(x))
        self.assertTrue({"odd", "odd.input"} <= tensors.keys())

        class Missing(Child):
            def __getattr__(self, name: str) -> Any:
                if name in ("fc", "norm"):
                    return super().__getattr__(name)
                raise RuntimeError(f"no {name}")

        self.assertIn("odd.norm", self.check(Missing(), lambda each, x: each(x)))

    def test_with_numbers_that_json_does_not_know(self) -> None:
        odd = nn.LayerNorm(4)
        odd.eps, odd.scale, odd.table, odd.big = float("inf"), float("nan"), [1.0, float("inf")], 2**80
        self.check(odd, lambda each, x: each(x))
        facts = self.sidecar()["layers"]["odd"]
        self.assertNotIn("epsilon", facts)
        self.assertEqual(facts["attributes"], {"elementwise_affine": True, "normalized_shape": [4]})

    def test_that_a_predicate_cannot_judge(self) -> None:
        def choose(path: str, module: nn.Module) -> bool:
            if path == "odd":
                raise RuntimeError("not this one")
            return isinstance(module, (nn.Linear, nn.BatchNorm1d, nn.LayerNorm))

        tensors = self.check(Child(), lambda each, x: each(x), messages=1, layers=choose)
        self.assertIn("odd.norm", tensors)
        self.assertIn("odd was not recorded: RuntimeError: not this one", self.messages()[-1])

    def test_that_are_compiled_scripts(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inside = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)))
            alone = torch.jit.script(nn.ReLU())
            traced = torch.jit.trace(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), torch.randn(2, 4))
        self.check(inside, lambda each, x: each(x), messages=1)
        self.assertIn("odd is compiled by TorchScript", self.messages()[-1])
        self.assertIn("odd", self.check(alone, lambda each, x: each(x)))
        self.check(traced, lambda each, x: each(x), messages=1)
        with Recorder(inside, self.home / "whole") as recorder:
            inside(torch.randn(8, 4))
            recorder.step(0)
        self.assertIn("model is compiled by TorchScript", self.messages()[-2])
        self.assertIn("Nothing was recorded", self.messages()[-1])

    def test_that_are_quantized(self) -> None:
        engine = next((each for each in torch.backends.quantized.supported_engines if each != "none"), None)
        if engine is None:
            self.skipTest("PyTorch was built without quantization")
        torch.backends.quantized.engine = engine
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            odd = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)), {nn.Linear}, dtype=torch.qint8)
        tensors = self.check(odd, lambda each, x: each(x))
        self.assertIn("odd.1", tensors)

    def test_that_are_lazy(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            odd = nn.Sequential(nn.LazyLinear(6), nn.LazyBatchNorm1d(), nn.ReLU())
            tensors = self.check(odd, lambda each, x: each(x))
        self.assertTrue({"odd.0", "odd.1", "odd.2", "odd.1.weight"} <= tensors.keys(), tensors.keys())
        facts = self.sidecar()["layers"]["odd.1"]
        self.assertEqual((facts["module"], facts["layout"], facts["input"]), ("torch.nn.BatchNorm1d", "NC", "odd.0"))

    def test_that_are_parametrized(self) -> None:
        tensors = self.check(nn.Sequential(parametrizations.spectral_norm(nn.Linear(4, 4)), nn.LayerNorm(4)), lambda each, x: each(x))
        self.assertIn("odd.0", tensors)


class OddOutputs(RecorderTest):
    def outputs(self, *makers: Callable[[Tensor], Any], messages: int = 0) -> List[str]:
        """Keys that are recorded of modules with these outputs; a healthy one comes last."""

        class Out(nn.Module):
            def __init__(self, make: Callable[[Tensor], Any]) -> None:
                super().__init__()
                self.make = make

            def forward(self, x: Tensor) -> Any:
                return self.make(x)

        self.folder = self.home / f"run {len(list(self.home.iterdir()))}"
        model = nn.ModuleList([*map(Out, makers), nn.LayerNorm(3)])
        before = len(self.messages())
        tensors = self.record(model, lambda each: [layer(torch.ones(2, 3)) for layer in each], layers=lambda path, _: path != "model")
        self.assertEqual(len(self.messages()) - before, messages, self.messages())
        self.assertIn(str(len(makers)), tensors)
        return sorted(key for key in tensors if not key.startswith(str(len(makers))))

    def test_with_cycles_are_walked_once(self) -> None:
        def cycle(x: Tensor) -> Any:
            loop: List[Any] = [x]
            loop += [loop, {"again": loop}] * 50
            return loop

        self.assertEqual(self.outputs(cycle), ["0"])

    def test_that_are_huge_are_recorded_in_part(self) -> None:
        nested = lambda x: [x, [[[[[0.5] * 20] * 20] * 20] * 20] * 20]  # noqa: E731
        self.assertEqual(self.outputs(nested, messages=1), ["0"])
        self.assertIn("10000 parts", self.messages()[-1])

    def test_whose_parts_raise_cost_the_layer(self) -> None:
        class Strange(dict):
            items = refuses

        class Key:
            __str__ = __repr__ = __format__ = refuses

        class Error(Exception):
            __str__ = refuses

        def raises(x: Tensor) -> Any:
            class Worse(dict):
                def items(self) -> Any:
                    raise Error

            return Worse(x=x)

        self.assertEqual(self.outputs(lambda x: Strange(x=x), messages=1), [])
        self.assertEqual(self.outputs(lambda x: {Key(): x}, messages=1), [])
        self.assertEqual(self.outputs(raises, messages=1), [])

    def test_whose_keys_look_alike_are_told_apart(self) -> None:
        self.assertEqual(self.outputs(lambda x: {1: x, "1": x + 1}), ["0[1]", "0[1]'"])

    def test_with_mappings_whose_keys_cannot_be_hashed(self) -> None:
        class Pairs(dict):
            def items(self) -> Any:
                return [([1, 2], self["x"]), ({}, self["x"] * 2)]

        self.assertEqual(self.outputs(lambda x: Pairs(x=x)), ["0[[1, 2]]", "0[{}]"])


class OddNames(RecorderTest):
    def test_of_layers_do_not_end_recording(self) -> None:
        names = ["a#1", "a b", "[0]", "x" * 3000, "ü/\\", "a\nb", "\u202e", "a*", "model", "input", "None", "parametrizations"]
        model = nn.ModuleDict()
        for name in names:
            model.add_module(name, nn.LayerNorm(3))
        x = torch.randn(2, 3)
        tensors = self.record(model, lambda each: [layer(x) for layer in each._modules.values()])
        for name in names:
            self.assertIn(name, tensors)
        self.assertEqual(self.messages(), [])
        self.assertTrue(set(names) <= self.sidecar()["layers"].keys())

    def test_in_messages_are_shortened(self) -> None:
        model = nn.ModuleDict()
        model.add_module("x" * 3000, nn.Identity())
        model.add_module("norm", nn.LayerNorm(3))
        self.record(model, lambda each: [each._modules["x" * 3000](torch.eye(3).to_sparse()), each["norm"](torch.ones(2, 3))], layers="*")
        self.assertEqual(len(self.messages()), 1)
        self.assertLess(len(self.messages()[0]), 400)

    def test_of_many_layers_with_one_problem_make_one_message(self) -> None:
        model = nn.ModuleList([nn.Identity() for _ in range(100)] + [nn.LayerNorm(3)])
        self.record(model, lambda each: [layer(torch.eye(3).to_sparse()) for layer in each[:-1]] + [each[-1](torch.ones(2, 3))], layers=lambda path, _: path != "model")
        self.assertEqual(len(self.messages()), 1)
        self.assertIn("0 was not recorded: its tensor is not dense", self.messages()[0])
        self.assertIn("99 more", self.messages()[0])


if __name__ == "__main__":
    unittest.main()
