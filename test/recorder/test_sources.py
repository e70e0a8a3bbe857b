"""Where layers are defined, and what the sidecar says of their classes; looked up once for each file and class."""

import ast
import importlib.util
import sys
import textwrap
import unittest
from typing import Any, Dict, List
from unittest import mock

import torch
from support import FIXTURES, ConvNet, Recorder, RecorderTest, normscope
from torch import Tensor, nn

TEXT = '''
import torch
from collections import OrderedDict
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)  # Block.fc
        self.norm: nn.Module = nn.LayerNorm(4)  # Block.norm
        self.add_module("act", nn.GELU())  # Block.act

    def forward(self, x):
        return self.act(self.norm(self.fc(x)))


class Derived(Block):
    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(4)  # Inner.norm

        def forward(self, x):
            return self.norm(x)

    def __init__(self):
        super().__init__()
        self.inner = self.Inner()


def made():
    class Local(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(4)  # Local.norm
            self.heads = nn.ModuleList([
                nn.LayerNorm(4),  # heads.0
                nn.Sequential(nn.Linear(4, 4),
                              nn.LayerNorm(4)),  # heads.1.1
            ])
            self.tails = nn.ModuleDict({
                "a": nn.LayerNorm(4),  # tails.a
                "b": nn.Sequential(OrderedDict([("fc", nn.Linear(4, 4)), ("norm", nn.LayerNorm(4))])),  # tails.b
            })
            for i in range(3):
                setattr(self, f"norm{i}", nn.LayerNorm(4))

    return Local()
'''


class SourceTest(RecorderTest):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.home / "written.py"
        self.file.write_text(TEXT, encoding="utf-8")
        specification = importlib.util.spec_from_file_location("written", self.file)
        self.module = importlib.util.module_from_spec(specification)
        sys.modules["written"] = self.module
        self.addCleanup(sys.modules.pop, "written")
        specification.loader.exec_module(self.module)

    def line(self, mark: str) -> int:
        return next(number for number, line in enumerate(TEXT.splitlines(), 1) if line.endswith(f"  # {mark}"))

    def lines(self, model: nn.Module) -> Dict[str, int]:
        """Lines by layer, after a step in which each layer ran that takes a tensor."""
        def run(each: nn.Module) -> None:
            for module in each.modules():
                if isinstance(module, (nn.LayerNorm, nn.Linear, nn.GELU)):
                    module(torch.randn(2, 4))

        self.record(model, run, layers=[nn.LayerNorm, nn.GELU, nn.Linear])
        layers = {name: facts for name, facts in self.sidecar()["layers"].items() if "source" in facts}
        self.assertEqual({facts["source"]["file"] for facts in layers.values()}, {str(self.file)})
        return {name: facts["source"]["line"] for name, facts in layers.items()}


class Sources(SourceTest):
    def test_are_lines_of_the_class_that_defines_a_layer(self) -> None:
        found = self.lines(self.module.Derived())
        expected = {"fc": "Block.fc", "norm": "Block.norm", "act": "Block.act", "inner.norm": "Inner.norm"}
        self.assertEqual(found, {name: self.line(mark) for name, mark in expected.items()})

    def test_are_found_in_local_classes_lists_and_dictionaries(self) -> None:
        found = self.lines(self.module.made())
        self.assertEqual({name: found[name] for name in ("norm", "heads.0", "tails.a")},
                         {name: self.line({"norm": "Local.norm"}.get(name, name)) for name in ("norm", "heads.0", "tails.a")})
        self.assertEqual((found["heads.1.1"], found["tails.b.norm"]), (self.line("heads.1.1"), self.line("tails.b")))
        # Where the text does not tell, the class.
        start = next(number for number, line in enumerate(TEXT.splitlines(), 1) if "class Local" in line)
        self.assertEqual({found[f"norm{i}"] for i in range(3)}, {start})

    def test_that_cannot_be_read_cost_nothing_else(self) -> None:
        namespace: Dict[str, Any] = {"nn": nn}
        exec(textwrap.dedent("""
            class Made(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.norm = nn.LayerNorm(4)
                def forward(self, x):
                    return self.norm(x)
        """), namespace)
        namespace["Made"].__module__ = "nowhere"
        for text in (None, "class (", "\0"):
            if text is not None:
                self.file.write_text(text, encoding="utf-8")
            for made in (namespace["Made"], self.module.Block):
                self.folder = self.home / f"{made.__name__} {text is None} {len(text or '')}"
                self.record(made(), lambda each: each(torch.randn(2, 4)))
                self.assertEqual(self.messages(), [])
                self.assertEqual(self.sidecar()["layers"]["norm"]["module"], "torch.nn.LayerNorm")

    def test_are_parsed_once_for_a_file(self) -> None:
        parsed: List[str] = []
        parse = ast.parse

        def counted(text: Any, *arguments: Any, **options: Any) -> Any:
            parsed.append(str(text)[:20])
            return parse(text, *arguments, **options)

        walked: List[int] = []
        children = ast.iter_child_nodes

        def counted_children(node: Any) -> Any:
            walked.append(1)
            return children(node)

        counts = []
        for blocks in (3, 60):
            parsed.clear()
            walked.clear()
            self.folder = self.home / f"{blocks}"
            model = Holder(nn.Sequential(*[self.module.Derived() for _ in range(blocks)]))
            with mock.patch.object(ast, "parse", counted), mock.patch.object(ast, "iter_child_nodes", counted_children):
                self.record(model, lambda each: each(torch.randn(2, 4)))
            counts.append((len(parsed), len(walked)))
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0][0], 3)

    def test_are_looked_up_once_and_only_where_the_sidecar_is_written(self) -> None:
        looked_up: List[str] = []
        find = normscope._Sources.find

        def counted(self: Any, node: Any) -> Any:
            looked_up.append(node.path)
            return find(self, node)

        model = ConvNet()
        with mock.patch.object(normscope._Sources, "find", counted):
            with Recorder(model, self.folder, every=1) as recorder:
                for step in range(3):
                    model(torch.randn(2, 3, 5, 5))
                    recorder.step(step)
            self.assertEqual(len(looked_up), len(set(looked_up)))
            self.assertIn("block.bn", looked_up)
            looked_up.clear()
            with mock.patch.object(normscope, "_rank", lambda: 1), Recorder(model, self.folder, every=1) as recorder:
                model(torch.randn(2, 3, 5, 5))
                recorder.step(7)
            self.assertEqual(looked_up, [])


class Holder(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x)


class Classes(RecorderTest):
    class Scaled(nn.LayerNorm):
        def __init__(self) -> None:
            super().__init__(4, eps=1e-3)
            self.scale, self.steps, self.note = 0.5, 3, "text"

        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) * self.scale

    class Same(nn.LayerNorm):
        pass

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight, self.variance_epsilon = nn.Parameter(torch.ones(4)), 1e-4

        def forward(self, x: Tensor) -> Tensor:
            return x * self.weight

    def test_are_named_with_their_base_and_their_numbers(self) -> None:
        OwnRMSNorm = type("OwnRMSNorm", (self.Own,), {})
        model = nn.Sequential(self.Scaled(), self.Same(4), OwnRMSNorm(), nn.GroupNorm(2, 4), nn.BatchNorm1d(4, momentum=None))
        patched = nn.LayerNorm(4)
        patched.forward = lambda x: x  # type: ignore[method-assign]
        model.append(patched)
        self.record(model, lambda each: each(torch.randn(8, 4)))
        layers = self.sidecar()["layers"]
        about = lambda name: (layers[name]["class"].split(".")[-1], layers[name].get("base"), layers[name]["ownForward"])  # noqa: E731
        self.assertEqual(about("0"), ("Scaled", "torch.nn.LayerNorm", True))
        self.assertEqual(about("1"), ("Same", "torch.nn.LayerNorm", False))
        self.assertEqual(about("2"), ("OwnRMSNorm", None, True))
        self.assertEqual(about("3"), ("GroupNorm", "torch.nn.GroupNorm", False))
        self.assertEqual(about("5"), ("LayerNorm", "torch.nn.LayerNorm", True))
        self.assertEqual(layers["0"]["class"], f"{__name__}.Classes.Scaled")
        self.assertEqual(layers["0"]["module"], "torch.nn.LayerNorm")
        self.assertEqual(layers["3"]["attributes"], {"num_groups": 2, "num_channels": 4, "eps": 1e-5, "affine": True})
        self.assertEqual(layers["2"]["attributes"], {"variance_epsilon": 1e-4})
        self.assertEqual(layers["0"]["attributes"], {"normalized_shape": [4], "eps": 1e-3, "elementwise_affine": True, "scale": 0.5, "steps": 3})
        self.assertEqual(layers["4"]["attributes"]["momentum"], None)
        self.assertEqual(layers["4"]["attributes"]["num_features"], 4)


if __name__ == "__main__":
    unittest.main()
