import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ProblemError, withoutCause } from '../../../src/model/problem';
import { isAbortError } from '../../../src/rpc/abort';
import { type Connection, connect, type Port } from '../../../src/rpc/channel';
import { callerOf, type FarApi, joined, PROBLEM, startHanging } from '../../contract/calls';
import { messagePorts } from '../../contract/messagePorts';

describe('protocol: calls over a channel', () => {
  let link: ReturnType<typeof joined>;
  let near: Connection<FarApi>;
  beforeEach(() => {
    link = joined(messagePorts());
    near = link.nearSide;
  });
  afterEach(() => link.cut());

  const rejectsWith = (promise: Promise<unknown>, problem: object) =>
    assert.rejects(promise, (error) => {
      assert.ok(error instanceof ProblemError, String(error));
      assert.deepEqual(withoutCause(error.problem), problem);
      assert.equal(error.message, error.problem.message);
      return true;
    });
  const internal = (message: string) => ({ code: 'internal', path: '', message });

  const VALUES: readonly unknown[] = [
    undefined,
    null,
    0,
    -0,
    Number.NaN,
    'größe',
    [1, [2]],
    { a: { b: undefined } },
    new Map([['a', 1]]),
    Float64Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY),
    { kind: 'result', id: 1 },
  ];
  for (const value of VALUES) {
    it(`hands over ${inspect(value, { breakLength: Infinity })} as it is`, async () =>
      assert.deepEqual(await near.call('echo', value), value));
  }

  /** The error that `causedError` threw on the other side, and its cause. */
  const assertCaused = (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    const { cause } = error.problem;
    assert.deepEqual([cause?.name, cause?.message], ['TypeError', 'Not a function.']);
    assert.match(cause?.frames[0] ?? '', /causedError/);
    assert.deepEqual([cause?.cause?.name, cause?.cause?.message], ['RangeError', 'Too long.']);
    assert.match(cause?.cause?.frames[0] ?? '', /causedError/);
    return true;
  };

  it('rejects with the stack of the other side, and with what caused the error there', () =>
    assert.rejects(near.call('fail', { how: 'caused error' }), assertCaused));

  it('keeps stack and cause over two links, one after the other', () =>
    assert.rejects(near.call('failBack', undefined), assertCaused));

  it('the failing side gets the error for its own log', async () => {
    await assert.rejects(near.call('failBack', undefined));
    const [[method, error]] = link.failures;
    assert.equal(method, 'break');
    assert.ok(error instanceof TypeError && error.cause instanceof RangeError);
  });

  it('answers many calls at a time, each its own', async () => {
    const values = Array.from({ length: 100 }, (_, i) => i);
    assert.deepEqual(await Promise.all(values.map((value) => near.call('echo', value))), values);
  });

  it('calls in both directions while both wait', async () => {
    const texts = ['a', 'b', 'c'];
    const answers = await Promise.all(texts.map((text) => near.call('askBack', { text })));
    assert.deepEqual(answers, ['A', 'B', 'C']);
  });

  it('delivers progress in order, all of it before the result', async () => {
    const reported: (number | string)[] = [];
    const result = await near.call('count', { to: 5 }, { onProgress: (value) => reported.push(value) });
    reported.push(`result ${result}`);
    assert.deepEqual(reported, [1, 2, 3, 4, 5, 'result 5']);
  });

  it('delivers progress that is faster than its consumer in batches', async () => {
    const reported: number[] = [];
    let inTurn = 0;
    let most = 0;
    const result = await near.call(
      'burst',
      { of: 1000 },
      {
        onProgress: (value) => {
          reported.push(value);
          most = Math.max(most, ++inTurn);
          setImmediate(() => {
            inTurn = 0;
          });
        },
      },
    );
    assert.equal(result, 1000);
    assert.deepEqual(
      reported,
      Array.from({ length: 1000 }, (_, i) => i),
    );
    assert.ok(most < 200, `${most} of them in one turn of the event loop`);
  });

  it('progress that cannot be sent is a problem also behind other progress', async () => {
    await assert.rejects(near.call('unsendable', { as: 'later progress' }), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.match(error.message, /could not be cloned/);
      return true;
    });
  });

  it("a problem arrives as it was thrown, the other side's defect as one of ours", async () => {
    await rejectsWith(near.call('fail', { how: 'problem' }), PROBLEM);
    await rejectsWith(near.call('fail', { how: 'error' }), internal('Out of range.'));
    await rejectsWith(near.call('fail', { how: 'text' }), internal('text'));
    assert.equal(await near.call('echo', 1), 1);
  });

  it('a procedure that is not there', async () => {
    for (const method of ['nothing', 'toString', 'constructor', '__proto__'])
      await rejectsWith(near.call(method as 'echo', 1), internal(`There is no procedure "${method}".`));
  });

  it('a result or progress that cannot be sent is a problem', async () => {
    for (const as of ['result', 'progress'] as const) {
      await assert.rejects(near.call('unsendable', { as }), (error) => {
        assert.ok(error instanceof ProblemError);
        assert.equal(error.problem.code, 'internal');
        assert.match(error.message, /could not be cloned/);
        return true;
      });
    }
  });

  it('parameters that cannot be sent are a problem, and nothing waits for them', async () => {
    const controller = new AbortController();
    await assert.rejects(
      near.call('echo', () => {}, { signal: controller.signal }),
      (error) => {
        assert.ok(error instanceof ProblemError, String(error));
        assert.equal(error.problem.code, 'internal');
        assert.match(error.message, /could not be cloned/);
        return true;
      },
    );
    controller.abort();
    assert.equal(await near.call('echo', 1), 1);
  });

  it('a replacement of a closed end does not get its answers', async () => {
    const { near: port, far, cut } = messagePorts();
    const answers: ((value: unknown) => void)[] = [];
    connect<Pick<FarApi, 'echo'>, Record<never, never>>(far, {
      echo: () => new Promise((resolve) => answers.push(resolve)),
    });
    let receive: (message: unknown) => void = () => {};
    port.onMessage((message) => receive(message));
    const page = (firstCall: number) =>
      callerOf({ near: { ...port, firstCall, onMessage: (listener) => (receive = listener) } });

    void page(1)
      .call('echo', 'the page before')
      .catch(() => {});
    const call = page(1000).call('echo', 'the page after');
    try {
      const deadline = Date.now() + 10_000;
      while (answers.length < 2) {
        assert.ok(Date.now() < deadline, `${answers.length} calls have arrived`);
        await new Promise((resolve) => setImmediate(resolve));
      }
      // Messages keep their order: the first that is taken for an answer decides.
      answers[0]('to the page before');
      answers[1]('to the page after');
      assert.equal(await call, 'to the page after');
    } finally {
      await cut();
    }
  });

  describe('given up', () => {
    it('rejects at once, even if the other side never answers, and notifies it', async () => {
      const controller = new AbortController();
      const [call] = await startHanging(near, 1, controller.signal);
      controller.abort();
      await assert.rejects(call, isAbortError);
      assert.equal(await near.call('echo', 1), 1);
      assert.deepEqual(link.aborted, ['hang']);
    });

    it('before it began: nothing is sent', async () => {
      const posted: unknown[] = [];
      const { near: port } = messagePorts();
      const caller = callerOf({
        near: { ...port, post: (message) => posted.push(message), onClose: () => {}, onMessage: () => {} },
      });
      await assert.rejects(caller.call('echo', 1, { signal: AbortSignal.abort() }), isAbortError);
      assert.deepEqual(posted, []);
    });

    it('no progress comes after it', async () => {
      const controller = new AbortController();
      const reported: number[] = [];
      const call = near.call(
        'count',
        { to: 50 },
        {
          signal: controller.signal,
          onProgress: (value) => {
            reported.push(value);
            if (value === 2) controller.abort();
          },
        },
      );
      await assert.rejects(call, isAbortError);
      assert.equal(await near.call('count', { to: 60 }), 60);
      assert.deepEqual(reported, [1, 2]);
      assert.deepEqual(link.aborted, ['count']);
    });

    it('one of several: the others go on', async () => {
      const controller = new AbortController();
      const counting = near.call('count', { to: 20 });
      const [given] = await startHanging(near, 1, controller.signal);
      controller.abort();
      await assert.rejects(given, isAbortError);
      assert.equal(await counting, 20);
    });

    it('after its answer: nothing happens', async () => {
      const controller = new AbortController();
      assert.equal(await near.call('echo', 1, { signal: controller.signal }), 1);
      controller.abort();
      assert.equal(await near.call('echo', 2), 2);
      assert.deepEqual(link.aborted, []);
    });
  });
});

/** A port whose messages the test sends and inspects. */
function scriptedPort({ post = () => {} }: { post?: (message: unknown) => void } = {}) {
  let listener: (message: unknown) => void = () => {};
  let closed: (reason: string) => void = () => {};
  const posted: unknown[] = [];
  const port: Port = {
    post: (message) => {
      posted.push(message);
      post(message);
    },
    onMessage: (each) => {
      listener = each;
    },
    onClose: (each) => {
      closed = each;
    },
  };
  return {
    port,
    posted,
    receive: (message: unknown) => listener(message),
    close: (reason: string) => closed(reason),
  };
}

describe('protocol: messages that are none', () => {
  const ALIEN: readonly unknown[] = [
    undefined,
    null,
    'text',
    7,
    [],
    {},
    { kind: 'result' },
    { id: 1 },
    { kind: 'other', id: 1 },
    { kind: 'result', id: 99, value: 1 },
    { kind: 'progress', id: 99, values: [1] },
    { kind: 'ack', id: 99 },
    { kind: 'problem', id: 99, problem: PROBLEM },
    { kind: 'cancel', id: 99 },
    { type: 'webpackOk', data: undefined },
  ];
  for (const message of ALIEN) {
    it(`${JSON.stringify(message)} does nothing`, async () => {
      const { port, posted, receive } = scriptedPort();
      const side = callerOf({ near: port });
      const call = side.call('echo', 1);
      receive(message);
      receive({ kind: 'result', id: 1, value: 'right' });
      receive({ kind: 'result', id: 1, value: 'again' });
      assert.equal(await call, 'right');
      assert.deepEqual(posted, [{ kind: 'call', id: 1, method: 'echo', params: 1 }]);
    });
  }

  it('after the end, nothing is served', async () => {
    const { port, posted, receive, close } = scriptedPort();
    connect<Pick<FarApi, 'echo'>, Record<never, never>>(port, { echo: (value) => value });
    close('It is over.');
    receive({ kind: 'call', id: 1, method: 'echo', params: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(posted, []);
  });
});

describe('protocol: a port that can no longer send', () => {
  const DEAD = 'The port is disposed.';

  it('a call is a problem, not an exception of the port', async () => {
    const { port } = scriptedPort({
      post: () => {
        throw new Error(DEAD);
      },
    });
    await assert.rejects(callerOf({ near: port }).call('echo', 1), (error) => {
      assert.ok(error instanceof ProblemError, String(error));
      assert.match(error.message, /disposed/);
      return true;
    });
  });

  it('a call that is given up ends all the same', async () => {
    const { port } = scriptedPort({
      post: (message) => {
        if ((message as { kind: string }).kind === 'cancel') throw new Error(DEAD);
      },
    });
    const controller = new AbortController();
    const call = callerOf({ near: port }).call('echo', 1, { signal: controller.signal });
    controller.abort();
    await assert.rejects(call, isAbortError);
  });

  it('an answer that cannot be sent brings nothing down', async () => {
    const { port, posted, receive } = scriptedPort({
      post: () => {
        throw new Error(DEAD);
      },
    });
    connect<Pick<FarApi, 'echo'>, Record<never, never>>(port, { echo: (value) => value });
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
    try {
      receive({ kind: 'call', id: 1, method: 'echo', params: 1 });
      // Node reports a rejection when the microtasks are done, which is before this.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const each of others) process.on('unhandledRejection', each);
    }
    assert.ok(posted.length > 0);
    assert.deepEqual(unhandled, []);
  });
});
