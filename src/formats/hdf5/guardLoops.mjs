/** The memory address of the counter that guards loops: below where compiled C keeps anything. */
export const COUNTER_ADDRESS = 16;

/**
 * Adds a guard to every loop of a WebAssembly module: each iteration decrements a counter in memory, and the module
 * traps when the counter reaches zero. So a library cannot run forever on damaged data, and needs no separate thread
 * that could be killed. Returns the new module; throws on unknown instructions.
 */
export function guardLoops(code) {
  const reader = { bytes: code, at: 8 };
  const out = [code.subarray(0, 8)];
  while (reader.at < code.length) {
    const start = reader.at;
    const id = code[reader.at++];
    const end = unsigned(reader) + reader.at;
    const isCode = id === CODE_SECTION;
    out.push(isCode ? section(id, guardedBodies(reader)) : code.subarray(start, end));
    reader.at = end;
  }
  return Buffer.concat(out);
}

const CODE_SECTION = 10;
const LOOP = 0x03;

/** `counter -= 1; if (counter === 0) unreachable`. */
const GUARD = Uint8Array.of(
  ...[0x41, 0, 0x41, 0, 0x28, 2, COUNTER_ADDRESS, 0x41, 1, 0x6b, 0x36, 2, COUNTER_ADDRESS],
  ...[0x41, 0, 0x28, 2, COUNTER_ADDRESS, 0x45, 0x04, 0x40, 0x00, 0x0b],
);

function section(id, content) {
  return Buffer.concat([Uint8Array.of(id), leb(content.length), content]);
}

function guardedBodies(reader) {
  const count = unsigned(reader);
  const out = [leb(count)];
  for (let i = 0; i < count; i++) {
    const end = unsigned(reader) + reader.at;
    const body = guardedBody(reader, end);
    out.push(leb(body.length), body);
  }
  return Buffer.concat(out);
}

function guardedBody(reader, end) {
  const pieces = [];
  let copied = reader.at;
  for (let groups = unsigned(reader); groups > 0; groups--) {
    unsigned(reader);
    reader.at++;
  }
  while (reader.at < end) {
    const opcode = reader.bytes[reader.at++];
    skipImmediates(reader, opcode);
    if (opcode !== LOOP) continue;
    pieces.push(reader.bytes.subarray(copied, reader.at), GUARD);
    copied = reader.at;
  }
  pieces.push(reader.bytes.subarray(copied, end));
  return Buffer.concat(pieces);
}

/** [WebAssembly 2.0, 5.4] */
function skipImmediates(reader, opcode) {
  const indices = (count) => {
    for (let i = 0; i < count; i++) unsigned(reader);
  };
  if (opcode >= 0x45 && opcode <= 0xc4) return;
  if (opcode >= 0x28 && opcode <= 0x3e) indices(2);
  else if (opcode >= 0x20 && opcode <= 0x26) indices(1);
  else if ([0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(opcode)) return;
  else if ([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2].includes(opcode))
    indices(1);
  else if (opcode === 0x0e) indices(unsigned(reader) + 1);
  else if (opcode === 0x11) indices(2);
  else if (opcode === 0x1c) reader.at += unsigned(reader);
  else if (opcode === 0x43) reader.at += 4;
  else if (opcode === 0x44) reader.at += 8;
  else if (opcode === 0xfc) indices([0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1][unsigned(reader)]);
  else if (opcode === 0xfd) skipVector(reader, unsigned(reader));
  else throw new Error(`WebAssembly instruction 0x${opcode.toString(16)} is not known.`);
}

function skipVector(reader, operation) {
  const isMemory = operation <= 11 || (operation >= 84 && operation <= 93);
  if (isMemory) {
    unsigned(reader);
    unsigned(reader);
  }
  if (operation === 12 || operation === 13) reader.at += 16;
  else if ((operation >= 21 && operation <= 34) || (operation >= 84 && operation <= 91)) reader.at += 1;
}

/** Reads a LEB128 number. For signed numbers, only the length is used. */
function unsigned(reader) {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = reader.bytes[reader.at++];
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return value;
  }
}

function leb(value) {
  const bytes = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Uint8Array.from(bytes);
}
