/* Each form carries a key of its own (_key): the server answers the same key with the first answer.
   Where a page posts a form more than once, each sending needs a new one. */
export function freshKey() {
  const bytes = new Uint8Array(12);
  window.crypto.getRandomValues(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function renew(form) {
  const field = form.querySelector('input[name="_key"]');
  if (field) field.value = freshKey();
}
