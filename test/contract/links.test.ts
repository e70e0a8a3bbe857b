import assert from 'node:assert/strict';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { ProblemError, toProblem } from '../../src/model/problem';
import { isAbortError } from '../../src/rpc/abort';
import { joined, startHanging } from './calls';
import { analyse, type LinkUnderTest, linkToKernel, open, temporaryRun } from './kernelLinks';
import { messagePorts } from './messagePorts';
import { provided } from './vscodeStub';

/** Every one of the calls ends, with the same tagged problem of the link. */
async function assertCutOff(calls: readonly Promise<unknown>[], reason: RegExp) {
  assert.ok(calls.length > 0);
  for (const outcome of await Promise.allSettled(calls)) {
    assert.ok(outcome.status === 'rejected');
    assert.ok(outcome.reason instanceof ProblemError, String(outcome.reason));
    assert.equal(outcome.reason.problem.code, 'internal');
    assert.match(outcome.reason.message, reason);
  }
}

describe('a link that dies mid-call: message channel', () => {
  it('rejects every waiting call and every later one; its handlers are aborted', async () => {
    const { nearSide, aborted, cut } = joined(messagePorts());
    const waiting = await startHanging(nearSide, 20);
    await cut();
    await assertCutOff(waiting, /^The other side is gone\.$/);
    await assertCutOff([nearSide.call('echo', 1)], /^The other side is gone\.$/);
    assert.equal(aborted.length, 20);
  });

  it('rejects the calls of the dying side itself', async () => {
    const { nearSide, farSide, cut } = joined(messagePorts());
    const asking = nearSide.call('askBack', { text: 'a' });
    const fromFar = farSide.call('upper', { text: 'b' });
    const calls = assertCutOff([asking, fromFar], /gone/);
    await cut();
    await calls;
  });

  it('rejects when it is closed on purpose, with that reason and only that', async () => {
    const { nearSide, aborted, cut } = joined(messagePorts());
    const waiting = await startHanging(nearSide, 3);
    nearSide.close('Normscope was deactivated.');
    nearSide.close('Again.');
    await cut();
    await assertCutOff([...waiting, nearSide.call('echo', 1)], /^Normscope was deactivated\.$/);
    assert.equal(aborted.length, 3);
  });

  it('delivers no progress once it is cut', async () => {
    const { nearSide, cut } = joined(messagePorts());
    let reported = 0;
    const call = nearSide.call(
      'count',
      { to: 1_000_000 },
      {
        onProgress: (value) => {
          reported = value;
          if (value === 3) nearSide.close('Enough.');
        },
      },
    );
    await assertCutOff([call], /Enough/);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(reported, 3);
    await cut();
  });
});

describe('a link that dies mid-call: kernel worker', () => {
  const STEPS = 24;
  let run: Awaited<ReturnType<typeof temporaryRun>>;
  let kernel: LinkUnderTest;

  before(async () => {
    run = await temporaryRun(STEPS);
  });
  after(() => run.remove());
  beforeEach(() => {
    kernel = linkToKernel();
  });
  afterEach(() => kernel.end());

  /** Starts to analyse the run and waits for the first result; the rest takes much longer. */
  async function startAnalysis(signal?: AbortSignal) {
    assert.equal(await open(kernel, run.uri), STEPS);
    let summaries = 0;
    let call: Promise<unknown> | undefined;
    await new Promise<void>((resolve) => {
      call = analyse(
        kernel,
        run.uri,
        ({ kind }) => {
          if (kind === 'summary') summaries++;
          resolve();
        },
        signal,
      );
      call.catch(() => {});
    });
    assert.ok(call);
    return { call, summaries: () => summaries };
  }

  it('killed: every call rejects, the death is reported once, the next call starts a fresh kernel', async () => {
    const { call, summaries } = await startAnalysis();
    const others = [open(kernel, run.uri), kernel.link.call('closeRun', { run: 'another' })];
    await kernel.workers[0].terminate();
    await assertCutOff([call, ...others], /^The kernel worker ended unexpectedly with code 1\.$/);
    assert.ok(summaries() < STEPS, 'it was killed before its end');
    assert.deepEqual(kernel.deaths, ['The kernel worker ended unexpectedly with code 1.']);
    assert.equal(kernel.link.generation(), 1);

    await assert.rejects(analyse(kernel, run.uri), /does not have this run open/);
    assert.equal(kernel.link.generation(), 2);
    const again = await startAnalysis();
    assert.ok(again.summaries() > 0);
    assert.equal(kernel.workers.length, 2);
  });

  it('killed while it starts: the call rejects, the next one is served', async () => {
    const starting = open(kernel, run.uri);
    await once(process, 'worker');
    await kernel.workers[0].terminate();
    await assertCutOff([starting], /kernel worker ended/);
    assert.equal(await open(kernel, run.uri), STEPS);
    assert.equal(kernel.link.generation(), 2);
  });

  it('killed while it waits for a file of the host: the call rejects', async () => {
    let asked: () => void = () => {};
    const reading = new Promise<void>((resolve) => {
      asked = resolve;
    });
    provided.set('vfs:///run/step_1.npy', () => {
      asked();
      return new Promise(() => {});
    });
    const opening = open(kernel, 'vfs:///run');
    await reading;
    await kernel.workers[0].terminate();
    await assertCutOff([opening], /kernel worker ended/);
    provided.clear();
  });

  it('a script that is not there: the call rejects, and so does the next', async () => {
    const missing = linkToKernel(tmpdir());
    await assert.rejects(open(missing, run.uri), (error) => {
      const { cause } = toProblem(error, '');
      assert.match(cause?.message ?? '', /^The kernel worker stopped unexpectedly: /);
      assert.match(cause?.cause?.message ?? '', /Cannot find module/);
      assert.ok((cause?.cause?.frames.length ?? 0) > 0, 'the stack in the worker');
      return true;
    });
    await assertCutOff([open(missing, run.uri)], /^The kernel worker stopped unexpectedly: /);
    await missing.end();
    assert.equal(missing.workers.length, 2);
  });

  it('disposed: every call rejects, the worker ends, no death is reported', async () => {
    const { call } = await startAnalysis();
    const ended = once(kernel.workers[0], 'exit');
    kernel.link.dispose();
    await assertCutOff([call], /^Normscope was deactivated\.$/);
    await ended;
    assert.deepEqual(kernel.deaths, []);
  });

  it('restarted: every call rejects, no death is reported, the next call starts a fresh kernel', async () => {
    const { call } = await startAnalysis();
    const ended = once(kernel.workers[0], 'exit');
    kernel.link.restart();
    const next = open(kernel, run.uri);
    await assertCutOff([call], /^Restarted because settings changed\.$/);
    assert.equal(await next, STEPS);
    await ended;
    assert.equal(await open(kernel, run.uri), STEPS);
    assert.deepEqual([kernel.workers.length, kernel.deaths], [2, []]);
  });

  it('given up mid-analysis: the call rejects at once, the kernel stops and serves the next', async () => {
    const controller = new AbortController();
    const { call, summaries } = await startAnalysis(controller.signal);
    controller.abort();
    const reported = summaries();
    await assert.rejects(call, isAbortError);
    assert.equal(await open(kernel, run.uri), STEPS);
    assert.equal(summaries(), reported);
    assert.deepEqual([kernel.link.generation(), kernel.deaths], [1, []]);
  });
});
