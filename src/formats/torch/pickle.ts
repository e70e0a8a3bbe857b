import { t } from '@vscode/l10n';
import { problemError } from '../../model/problem';
import { type PickleObject, type PickleValue, pickleDict, pickleObject } from './pickleValues';

/** The value of a pickle, and the position of its end. */
export interface Pickled {
  readonly value: PickleValue;
  /** Position after its STOP. */
  readonly end: number;
  /** Every persistent id, in the order of the stream. */
  readonly persistentIds: readonly PickleValue[];
}

/** Maximum values and memo entries of one pickle; real pickles have a few dozen per tensor. */
const MAX_VALUES = 1_000_000;
/** Maximum bytes of an integer; PyTorch writes up to ten. */
const MAX_INTEGER_BYTES = 1024;

/**
 * Reads a pickle of protocol 2 to 5 [pickletools.py; PEP 3154; PEP 574] as plain data. Imports, calls, and builds
 * nothing: a global is its name, and a call is kept as data. Uses no recursion, and memory in proportion to the bytes
 * read. Throws `truncated` if the bytes end early, and `malformed` or `unsupported` for anything that is not such a
 * pickle.
 */
export function readPickle(bytes: Uint8Array, path: string, start = 0): Pickled {
  return new PickleMachine(bytes, path, start).run();
}

class PickleMachine {
  private at: number;
  private stack: PickleValue[] = [];
  private readonly outer: PickleValue[][] = [];
  private readonly memo = new Map<number, PickleValue>();
  private readonly persistentIds: PickleValue[] = [];
  private readonly view: DataView;
  private made = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly path: string,
    start: number,
  ) {
    this.at = start;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Pickled {
    for (;;) {
      const place = this.take(1);
      const code = this.bytes[place];
      if (code === STOP) {
        const value = this.pop();
        if (this.outer.length > 0 || this.stack.length > 0)
          throw this.malformed(t('Invalid pickle: values remain on the stack at the end.'));
        return { value, end: this.at, persistentIds: this.persistentIds };
      }
      this.count();
      this.step(code, place);
    }
  }

  /** Executes one opcode. */
  private step(code: number, place: number): void {
    switch (code) {
      case 0x80: {
        const protocol = this.bytes[this.take(1)];
        if (protocol < 2 || protocol > 5)
          throw this.unsupported(t('Expected pickle protocol 2 to 5, found {0}.', protocol));
        return;
      }
      case 0x95: // FRAME
        this.assertAhead(this.uint64());
        return;
      case 0x28: // MARK
        this.outer.push(this.stack);
        this.stack = [];
        return;
      case 0x30: // POP
        if (this.stack.length > 0) this.stack.pop();
        else this.popMark();
        return;
      case 0x31: // POP_MARK
        this.popMark();
        return;
      case 0x32: // DUP
        this.push(this.top());
        return;
      case 0x4e:
        this.push(null);
        return;
      case 0x88:
        this.push(true);
        return;
      case 0x89:
        this.push(false);
        return;
      case 0x4b: // BININT1
        this.push(this.bytes[this.take(1)]);
        return;
      case 0x4d: // BININT2
        this.push(this.view.getUint16(this.take(2), true));
        return;
      case 0x4a: // BININT
        this.push(this.view.getInt32(this.take(4), true));
        return;
      case 0x8a: // LONG1
        this.push(this.integer(this.bytes[this.take(1)]));
        return;
      case 0x8b: // LONG4
        this.push(this.integer(this.view.getInt32(this.take(4), true)));
        return;
      case 0x47: // BINFLOAT
        this.push(this.view.getFloat64(this.take(8)));
        return;
      case 0x8c: // SHORT_BINUNICODE
        this.push(this.text(this.bytes[this.take(1)]));
        return;
      case 0x58: // BINUNICODE
        this.push(this.text(this.uint32()));
        return;
      case 0x8d: // BINUNICODE8
        this.push(this.text(this.uint64()));
        return;
      case 0x43: // SHORT_BINBYTES
        this.push(this.raw(this.bytes[this.take(1)]));
        return;
      case 0x42: // BINBYTES
        this.push(this.raw(this.uint32()));
        return;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        this.push(this.raw(this.uint64()));
        return;
      case 0x55: // SHORT_BINSTRING, a str of Python 2
        this.push(this.text(this.bytes[this.take(1)]));
        return;
      case 0x54: // BINSTRING
        this.push(this.text(this.uint32()));
        return;
      case 0x29: // EMPTY_TUPLE
        this.push({ kind: 'tuple', items: [] });
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        const items: PickleValue[] = [];
        for (let left = code - 0x84; left > 0; left--) items.unshift(this.pop());
        this.push({ kind: 'tuple', items });
        return;
      }
      case 0x74: // TUPLE
        this.push({ kind: 'tuple', items: this.popMark() });
        return;
      case 0x5d: // EMPTY_LIST
        this.push({ kind: 'list', items: [] });
        return;
      case 0x6c: // LIST
        this.push({ kind: 'list', items: this.popMark() });
        return;
      case 0x7d: // EMPTY_DICT
        this.push(pickleDict());
        return;
      case 0x64: {
        // DICT
        const items = this.popMark();
        this.push(pickleDict());
        this.setItems(items);
        return;
      }
      case 0x8f: // EMPTY_SET
        this.push({ kind: 'set', items: [] });
        return;
      case 0x91: // FROZENSET
        this.push({ kind: 'set', items: this.popMark() });
        return;
      case 0x90: // ADDITEMS
      case 0x65: // APPENDS
        this.append(this.popMark());
        return;
      case 0x61: // APPEND
        this.append([this.pop()]);
        return;
      case 0x75: // SETITEMS
        this.setItems(this.popMark());
        return;
      case 0x73: {
        // SETITEM
        const value = this.pop();
        this.setItems([this.pop(), value]);
        return;
      }
      case 0x71: // BINPUT
        this.memo.set(this.bytes[this.take(1)], this.top());
        return;
      case 0x72: // LONG_BINPUT
        this.memo.set(this.uint32(), this.top());
        return;
      case 0x94: // MEMOIZE
        this.memo.set(this.memo.size, this.top());
        return;
      case 0x68: // BINGET
        this.recall(this.bytes[this.take(1)]);
        return;
      case 0x6a: // LONG_BINGET
        this.recall(this.uint32());
        return;
      case 0x63: {
        // GLOBAL
        const module = this.line();
        this.push({ kind: 'global', name: `${module}.${this.line()}` });
        return;
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = this.pop();
        const module = this.pop();
        if (typeof name !== 'string' || typeof module !== 'string')
          throw this.malformed(t('Invalid pickle: a global has no name.'));
        this.push({ kind: 'global', name: `${module}.${name}` });
        return;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = this.pop();
        this.push(pickleObject(this.pop(), args));
        return;
      }
      case 0x92: {
        // NEWOBJ_EX; keyword arguments are dropped, because no supported object has any
        this.pop();
        const args = this.pop();
        this.push(pickleObject(this.pop(), args));
        return;
      }
      case 0x62: {
        // BUILD
        const state = this.pop();
        const target = this.top();
        if (isPickleObject(target)) target.state = state;
        else throw this.malformed(t('Invalid pickle: BUILD was applied to a value that has no state.'));
        return;
      }
      case 0x51: {
        // BINPERSID
        const id = this.pop();
        this.persistentIds.push(id);
        this.push({ kind: 'persistent', id });
        return;
      }
      default:
        throw this.malformed(
          t('Invalid pickle: unknown opcode 0x{0} at byte {1}.', code.toString(16).padStart(2, '0'), place),
        );
    }
  }

  /** Dicts and objects that accept items (OrderedDict, defaultdict) keep them as pairs. */
  private setItems(items: readonly PickleValue[]): void {
    const target = this.top();
    if (items.length % 2 === 1) throw this.malformed(t('Invalid pickle: a dictionary key has no value.'));
    if (!isPickleObject(target) && !(isNode(target) && target.kind === 'dict'))
      throw this.malformed(t('Invalid pickle: SETITEM was applied to a value that is not a dictionary.'));
    for (let i = 0; i < items.length; i += 2) target.entries.push([items[i], items[i + 1]]);
  }

  private append(items: readonly PickleValue[]): void {
    const target = this.top();
    // Items appended to other objects are dropped, because no supported object has any.
    if (isPickleObject(target)) return;
    if (!isNode(target) || (target.kind !== 'list' && target.kind !== 'set'))
      throw this.malformed(t('Invalid pickle: APPEND was applied to a value that is not a list.'));
    for (const item of items) target.items.push(item);
  }

  private recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.malformed(t('Invalid pickle: the memo has no entry {0}.', index));
    this.push(value);
  }

  private push(value: PickleValue): void {
    this.stack.push(value);
  }

  private pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw this.malformed(t('Invalid pickle: the stack is empty.'));
    return value;
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined) throw this.malformed(t('Invalid pickle: the stack is empty.'));
    return value;
  }

  /** Returns the values since the last mark. */
  private popMark(): PickleValue[] {
    const items = this.stack;
    const outer = this.outer.pop();
    if (outer === undefined) throw this.malformed(t('Invalid pickle: a mark is missing.'));
    this.stack = outer;
    return items;
  }

  /** Reads a two's complement, little-endian integer of any length. */
  private integer(length: number): number | bigint {
    if (length < 0 || length > MAX_INTEGER_BYTES)
      throw this.malformed(t('Invalid pickle: an integer of {0} bytes.', length));
    const bytes = this.raw(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    if (length > 0 && bytes[length - 1] >= 0x80) value -= 1n << BigInt(8 * length);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  private text(length: number): string {
    return UTF8.decode(this.raw(length));
  }

  /** Returns the next bytes without a copy. */
  private raw(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw this.truncated();
    const text = UTF8.decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  private uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  private uint64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  /** Returns the position of the next `length` bytes and advances past them. */
  private take(length: number): number {
    this.assertAhead(length);
    const at = this.at;
    this.at += length;
    return at;
  }

  private assertAhead(length: number): void {
    if (this.at + length > this.bytes.length) throw this.truncated();
  }

  private count(): void {
    if (++this.made > MAX_VALUES)
      throw this.unsupported(
        t('The pickle has more than {0} values, the limit. Save only the tensors.', MAX_VALUES),
      );
  }

  private truncated() {
    return problemError('truncated', this.path, t('The pickle is truncated at byte {0}.', this.bytes.length));
  }

  private malformed(message: string) {
    return problemError('malformed', this.path, message);
  }

  private unsupported(message: string) {
    return problemError('unsupported', this.path, message);
  }
}

const STOP = 0x2e;
/** Not fatal, because names may contain lone surrogates. A byte order mark is an ordinary character. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

function isNode(value: PickleValue): value is Extract<PickleValue, { kind: string }> {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function isPickleObject(value: PickleValue): value is PickleObject {
  return isNode(value) && value.kind === 'object';
}
