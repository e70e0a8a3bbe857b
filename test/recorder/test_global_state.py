"""Settings of the process and of modules that recorders share, whatever the order in which recorders end."""

import copy
import gc
import itertools
import pickle
import sys
import unittest
import warnings
from typing import Any, List
from unittest import mock

import torch
from snapshot import differences, global_state
from support import Recorder, RecorderTest, normscope
from torch import nn

HAS_STANCE = hasattr(getattr(torch, "compiler", None), "set_stance")


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3), nn.ReLU())


class Held(RecorderTest):
    """The counting itself, on a setting of the test's own."""

    def setUp(self) -> None:
        super().setUp()
        self.value = "theirs"

    def hold(self, ours: str = "ours") -> Any:
        return normscope._hold("test", lambda: self.value, lambda value: setattr(self, "value", value), ours)

    def test_comes_back_when_the_last_lets_go_in_every_order(self) -> None:
        for order in itertools.permutations(range(3)):
            held = [self.hold() for _ in range(3)]
            for index in order[:2]:
                held[index]()
                self.assertEqual(self.value, "ours")
            held[order[2]]()
            self.assertEqual(self.value, "theirs")

    def test_stays_as_somebody_else_has_set_it(self) -> None:
        first = self.hold()
        self.value = "newer"
        first()
        self.assertEqual(self.value, "newer")

    def test_comes_back_after_the_module_was_loaded_again_meanwhile(self) -> None:
        first = self.hold()
        with mock.patch.object(normscope, "_held", {}):
            first()
        self.assertEqual(self.value, "theirs")

    def test_comes_back_to_what_somebody_else_set_between_two_holders(self) -> None:
        first = self.hold()
        self.value = "newer"
        second = self.hold()
        first()
        self.assertEqual(self.value, "ours")
        second()
        self.assertEqual(self.value, "newer")


@unittest.skipUnless(HAS_STANCE, "PyTorch before 2.6 has no stance of the compiler")
class Stance(RecorderTest):
    """``torch.compile`` with recorders that end in any order. A backend of the test's own counts compilations."""

    def setUp(self) -> None:
        super().setUp()
        import torch._dynamo

        torch._dynamo.reset()
        self.compiled = 0
        self.ran = 0

    def backend(self, graph: Any, inputs: Any) -> Any:
        self.compiled += 1

        def run(*arguments: Any) -> Any:
            self.ran += 1
            return graph.forward(*arguments)

        return run

    def stance(self) -> str:
        return torch._dynamo.eval_frame._stance.stance

    def assert_runs_compiled(self, model: Any) -> None:
        self.assertEqual(self.stance(), "default")
        before = self.ran
        model(torch.ones(2, 3))
        self.assertGreater(self.ran, before)

    def test_model_runs_compiled_after_two_recorders_in_either_order(self) -> None:
        for order in ((0, 1), (1, 0)):
            model = torch.compile(network(), backend=self.backend)
            recorders = [Recorder(model, self.home / f"{order}{index}", every=1) for index in range(2)]
            before = self.ran
            model(torch.ones(2, 3))
            self.assertEqual(self.ran, before)
            for recorder in recorders:
                recorder.step(0)
            recorders[order[0]].close()
            recorders[order[1]].close()
            self.assert_runs_compiled(model)
        self.assertGreater(self.compiled, 0)

    def test_model_runs_compiled_on_steps_that_are_not_recorded(self) -> None:
        model = torch.compile(network(), backend=self.backend)
        recorder = Recorder(model, self.folder, every=2)
        ran = []
        for step in range(4):
            before = self.ran
            model(torch.ones(2, 3))
            ran.append(self.ran > before)
            recorder.step(step)
        recorder.close()
        self.assertEqual(ran, [False, True, False, True])

    def test_stance_of_a_person_stays(self) -> None:
        recorder = Recorder(network(), self.folder, every=1)
        before = torch._dynamo.eval_frame._stance
        torch.compiler.set_stance("eager_on_recompile")
        self.addCleanup(torch._dynamo.eval_frame._set_stance, torch._dynamo.eval_frame.DynamoStance())
        recorder.close()
        self.assertIsNot(torch._dynamo.eval_frame._stance, before)
        self.assertEqual(self.stance(), "eager_on_recompile")

    def test_with_block_that_outlives_the_recorder_does_not_bring_its_stance_back(self) -> None:
        model = torch.compile(network(), backend=self.backend)
        recorder = Recorder(model, self.folder, every=1)
        self.assertEqual(self.stance(), "force_eager")
        with torch.compiler.set_stance("eager_on_recompile"):
            recorder.close()
        self.assert_runs_compiled(model)

    def test_with_block_that_ends_first_leaves_no_stance(self) -> None:
        model = torch.compile(network(), backend=self.backend)
        with torch.compiler.set_stance("eager_on_recompile"):
            recorder = Recorder(model, self.folder, every=1)
        recorder.close()
        self.assert_runs_compiled(model)

    def test_recording_adds_no_warning_of_the_compiler(self) -> None:
        model = torch.compile(network(), backend=self.backend)
        model(torch.ones(2, 3))
        warnings.simplefilter("error")
        filters = list(warnings.filters)
        recorder = Recorder(model, self.folder, every=1)
        model(torch.ones(2, 3))
        recorder.step(0)
        recorder.close()
        self.assertEqual(warnings.filters, filters)
        self.assertEqual(self.files(), ["normscope.json", "step_000000.safetensors"])


class Dropped(RecorderTest):
    def test_settings_come_back_without_close(self) -> None:
        model = network()
        with normscope._every_module_called(model):  # The first time imports the compiler, if there is one.
            pass
        before = global_state()
        stance = getattr(sys.modules.get("torch._dynamo.eval_frame"), "_stance", None)
        held = normscope._every_module_called(model)
        held.__enter__()
        del held
        gc.collect()
        self.assertEqual(differences(before, global_state()), [])
        self.assertIs(getattr(sys.modules.get("torch._dynamo.eval_frame"), "_stance", None), stance)


class OldCompiled(nn.Module):
    """What ``torch.compile`` gives before PyTorch 2.6, where its switch is an attribute of the module."""

    def __init__(self, original: nn.Module) -> None:
        super().__init__()
        self._orig_mod = original
        self.forward = self.compiled = lambda x: original.forward(x)


class CompiledWithoutStance(RecorderTest):
    def test_module_is_compiled_again_in_every_order(self) -> None:
        if HAS_STANCE:
            stance = torch.compiler.set_stance
            del torch.compiler.set_stance
            self.addCleanup(setattr, torch.compiler, "set_stance", stance)
        for order in itertools.permutations(range(2)):
            model = OldCompiled(network())
            held = [normscope._every_module_called(model) for _ in range(2)]
            for each in held:
                each.__enter__()
            self.assertEqual(model.forward, model._orig_mod.forward)
            for index in order:
                held[index].__exit__(None, None, None)
            self.assertIs(model.forward, model.compiled)


class FastPath(RecorderTest):
    """The fused path of nn.TransformerEncoder in evaluation."""

    def encoder(self) -> nn.Module:
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        return nn.TransformerEncoder(layer, 2).eval()

    def switches(self, model: nn.Module) -> List[Any]:
        layers = [getattr(each, "activation_relu_or_gelu", None) for each in model.modules()]
        return [*layers, torch.backends.mha.get_fastpath_enabled() if hasattr(torch.backends, "mha") else None]

    def test_evaluation_of_a_person_is_bit_for_bit_the_same(self) -> None:
        model = self.encoder()
        x = torch.randn(2, 3, 8)
        with torch.no_grad():
            plain = model(x)
            recorder = Recorder(model, self.folder, every=1, phases=("train", "eval"), layers="*")
            recorded = model(x)
            recorder.step(0)
        recorder.close()
        self.assertTrue(torch.equal(plain, recorded))

    def test_evaluation_that_is_fused_is_said_once(self) -> None:
        model = nn.Sequential(self.encoder(), nn.LayerNorm(8)).eval()
        recorder = Recorder(model, self.folder, every=1, phases=("eval",))
        for step in range(2):
            with torch.no_grad():
                model(torch.randn(2, 3, 8))
            recorder.step(step)
        recorder.close()
        self.assertEqual(len(self.messages()), 1, self.messages())
        self.assertIn("fused", self.messages()[0])

    def test_switches_come_back_after_probes_of_two_recorders_in_either_order(self) -> None:
        for order in ((0, 1), (1, 0)):
            model = self.encoder()
            before = self.switches(model)
            probe = torch.randn(2, 3, 8)
            recorders = [Recorder(model, self.home / f"{order}{index}", probe=probe) for index in range(2)]
            for recorder in recorders:
                recorder.step(0)
            for index in order:
                recorders[index].close()
            self.assertEqual(self.switches(model), before)
        self.assertEqual(self.messages(), [])


class Replicas(RecorderTest):
    """The copies that DataParallel makes of a model for its devices, here on the one device that there is."""

    def replica(self, module: nn.Module) -> Any:
        made: Any = module._replicate_for_data_parallel()
        for name, parameter in module._parameters.items():
            setattr(made, name, None if parameter is None else parameter.detach().clone())
        for name, child in module._modules.items():
            made._modules[name] = self.replica(child)
        return made

    def test_record_under_the_names_of_the_model(self) -> None:
        model = network()
        replica = self.replica(model)
        # There is no second device: of DataParallel's first one, all parts of a batch are.
        with mock.patch.object(normscope, "_first_device", lambda _: torch.device("cpu")):
            tensors = self.record(model, lambda _: replica(torch.ones(2, 3)))
        self.assertTrue({"0", "1", "2", "1.weight"} <= tensors.keys())

    def test_leave_no_marks_on_copies_and_pickles(self) -> None:
        model = network()
        x = torch.ones(2, 3)
        recorder = Recorder(model, self.folder, every=1, dtype="float32")
        copies = [copy.deepcopy(model), copy.copy(model), pickle.loads(pickle.dumps(model))]
        for each in [model, *copies]:
            for module in each.modules():
                self.assertFalse([name for name in vars(module) if "normscope" in name])
        model(x)
        for each in copies[::2]:
            each(5 * x)
        recorder.step(0)
        recorder.close()
        self.assertFalse([name for name in self.dump()[1] if "#" in name])


if __name__ == "__main__":
    unittest.main()
