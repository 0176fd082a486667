/* <button data-copy="#id">: puts that element's text on the clipboard, also on plain http and in WeChat. */
import { once } from './once.js';

function fallback(source) {
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  try { return document.execCommand('copy'); } catch (problem) { return false; }
}

export function start() {
  if (!once(document, 'copying')) return;
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    if (!source) return;
    const text = 'value' in source ? source.value : source.innerText;
    let done = false;
    if (navigator.clipboard && window.isSecureContext) {
      try { await navigator.clipboard.writeText(text); done = true; } catch (problem) { done = false; }
    }
    if (!done) done = fallback(source);
    const word = button.querySelector('span') || button;
    if (done && button.dataset.copied) {
      const before = word.textContent;
      word.textContent = button.dataset.copied;
      button.setAttribute('aria-live', 'polite');
      window.setTimeout(() => { word.textContent = before; }, 2500);
    }
  });
}
