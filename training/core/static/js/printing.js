/* [data-print]: opens the browser's print dialogue. */
import { once } from './once.js';

export function start() {
  if (!once(document, 'printing')) return;
  document.addEventListener('click', (event) => { if (event.target.closest('[data-print]')) window.print(); });
}
