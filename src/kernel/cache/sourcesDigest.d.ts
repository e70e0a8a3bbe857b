/** Put in by the build (build.mjs): a digest of the sources that decide what a sketch holds. */
declare module 'sources-digest' {
  const digest: string;
  export default digest;
}
