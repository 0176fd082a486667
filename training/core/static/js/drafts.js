/* <form data-draft="url">: while one types, the form is posted there; the answer {"saved_at": "10:32:05"} is shown.
   A failure is said plainly and tried again; nothing on the page is lost. */
import { freshKey } from './keys.js';
import { all, once } from './once.js';

const WAIT = 2500;
const RETRY = 15000;

function keep(form) {
  const line = form.querySelector('[data-draft-status]');
  let timer = null;
  let edits = 0;
  let sending = false;

  const say = (text, kind) => {
    if (!line) return;
    line.querySelector('span').textContent = text;
    line.classList.toggle('pending', kind === 'pending');
    line.classList.toggle('failed', kind === 'failed');
  };
  const later = (delay) => { window.clearTimeout(timer); timer = window.setTimeout(send, delay); };

  async function send() {
    if (sending) { later(WAIT); return; }
    sending = true;
    const upTo = edits;
    say(line ? line.dataset.saving : '', 'pending');
    const body = new FormData(form);
    for (const [name, value] of Array.from(body.entries())) if (value instanceof File) body.delete(name);
    body.set('_key', freshKey());
    try {
      const answer = await fetch(form.dataset.draft, { method: 'POST', body, credentials: 'same-origin', headers: { 'X-Requested-With': 'draft', Accept: 'application/json' } });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = answer.status === 204 ? {} : await answer.json();
      say(`${line ? line.dataset.saved : ''} ${told.saved_at || ''}`.trim(), 'saved');
      if (upTo === edits) form.dispatchEvent(new CustomEvent('draft:saved'));
      else later(WAIT);
    } catch (problem) {
      say(line ? line.dataset.failed : '', 'failed');
      later(RETRY);
    } finally {
      sending = false;
    }
  }

  form.addEventListener('input', () => { edits += 1; later(WAIT); });
  form.addEventListener('submit', () => window.clearTimeout(timer));
}

export function start(root) {
  all(root, 'form[data-draft]').forEach((form) => { if (once(form, 'draft')) keep(form); });
}
