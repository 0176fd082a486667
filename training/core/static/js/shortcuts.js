/* [data-shortcut="j"]: a letter or digit presses that link, button or choice. Off while one types, and for good
   with the switch [data-shortcuts-switch] (kept on this device), as single keys must be. */
import { all, once } from './once.js';

const KEPT = 'shortcuts';
const kept = () => { try { return window.localStorage.getItem(KEPT) !== 'off'; } catch (problem) { return true; } };
let on = kept();

export function start(root) {
  all(root, '[data-shortcuts-switch]').forEach((tick) => {
    if (!once(tick, 'shortcuts')) return;
    tick.checked = on;
    tick.addEventListener('change', () => {
      on = tick.checked;
      try { window.localStorage.setItem(KEPT, on ? 'on' : 'off'); } catch (problem) { /* this page only */ }
    });
  });
  if (!once(document, 'shortcuts')) return;
  document.addEventListener('keydown', (event) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest('textarea, select, input:not([type="radio"]):not([type="checkbox"]), [contenteditable], dialog[open]')) return;
    const target = Array.from(document.querySelectorAll('[data-shortcut]')).find((node) => node.dataset.shortcut === event.key.toLowerCase());
    if (!target) return;
    event.preventDefault();
    target.click();
    target.focus();
  });
}
