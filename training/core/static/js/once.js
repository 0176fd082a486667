/* once(node, name): true the first time only, so that set-up may run again over the same page. */
const seen = new WeakMap();

export function once(node, name) {
  const names = seen.get(node) || new Set();
  if (names.has(name)) return false;
  names.add(name);
  seen.set(node, names);
  return true;
}

export const all = (root, selector) => {
  const found = Array.from(root.querySelectorAll(selector));
  if (root.matches && root.matches(selector)) found.unshift(root);
  return found;
};
