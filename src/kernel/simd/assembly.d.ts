/** What the build makes of src/kernel/simd/assembly. */
declare module '*.wasm' {
  const code: Uint8Array<ArrayBuffer>;
  export default code;
}
