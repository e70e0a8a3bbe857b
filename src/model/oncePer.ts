/** `of`, asked once about each object: the files of a run share the list of their tensors if their headers are equal. */
export function oncePer<K extends object, V extends object>(of: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = of(key);
      known.set(key, value);
    }
    return value;
  };
}
