/* <details data-dialog>: opens in place without JavaScript; here its panel is lifted into a native <dialog>.
   Browsers without <dialog> (iOS 14) keep it in place. */
import { all, once } from './once.js';

const supported = typeof window.HTMLDialogElement === 'function' && 'showModal' in window.HTMLDialogElement.prototype;

function close(dialog) {
  if (dialog.open) dialog.close();
}

function lift(details) {
  const summary = details.querySelector('summary');
  const panel = details.querySelector('.dialog-panel');
  const dialog = document.createElement('dialog');
  dialog.className = 'dialog';
  const title = panel.querySelector('h2');
  if (title && title.id) dialog.setAttribute('aria-labelledby', title.id);
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog || event.target.closest('[data-dialog-close]')) close(dialog);
  });
  dialog.addEventListener('close', () => {
    details.appendChild(panel);
    dialog.remove();
    summary.focus();
  });
  summary.setAttribute('aria-haspopup', 'dialog');
  summary.addEventListener('click', (event) => {
    event.preventDefault();
    details.open = false;
    dialog.appendChild(panel);
    (details.closest('main') || document.body).appendChild(dialog);
    dialog.showModal();
    const first = panel.querySelector('[autofocus], textarea, input:not([type="hidden"]), select') || title;
    if (first) first.focus();
  });
}

export function start(root) {
  all(root, 'details[data-dialog]').forEach((details) => {
    if (!once(details, 'dialog')) return;
    if (supported) lift(details);
    else details.addEventListener('click', (event) => { if (event.target.closest('[data-dialog-close]')) details.open = false; });
  });
}
