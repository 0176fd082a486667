/* Forms: bring the error summary into view, warn before unsaved changes are lost, show that a
   form is on its way (the server alone decides that it counts once), count characters, take files. */
import { renew } from './keys.js';
import { all, once } from './once.js';

const dirty = new Set();

function guard(form) {
  const mark = () => dirty.add(form);
  form.addEventListener('input', mark);
  form.addEventListener('change', mark);
  form.addEventListener('submit', () => dirty.delete(form));
  form.addEventListener('draft:saved', () => dirty.delete(form));
}

/* What the server would refuse is not sent at all: nothing typed is lost, nobody waits in vain. */
function weigh(form) {
  const most = Number(form.dataset.most);
  if (!most) return;
  form.addEventListener('submit', (event) => {
    form.querySelectorAll('[data-too-heavy]').forEach((note) => note.remove());
    const inputs = Array.from(form.querySelectorAll('input[type="file"]')).filter((input) => input.files.length);
    const total = inputs.flatMap((input) => Array.from(input.files)).reduce((sum, file) => sum + file.size, 0);
    if (total <= most) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const inMb = (bytes) => Math.ceil(bytes / 1048576);
    const note = document.createElement('p');
    note.className = 'field-error';
    note.dataset.tooHeavy = '';
    note.setAttribute('role', 'alert');
    note.textContent = form.dataset.tooLarge.replace('{size}', inMb(total)).replace('{most}', Math.floor(most / 1048576));
    const place = inputs[0].closest('[data-drop]') || inputs[0];
    place.before(note);
    note.scrollIntoView({ block: 'center' });
    inputs[0].focus();
  });
}

function submitOnce(form) {
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return;
    if ('sent' in form.dataset) { event.preventDefault(); return; }
    form.dataset.sent = '';
    const button = event.submitter || form.querySelector('button[type="submit"]');
    if (button) {
      // The button's own name and value must still be sent: only mark it, never disable it here.
      button.setAttribute('aria-busy', 'true');
      if (!button.querySelector('.spinner')) {
        const turn = document.createElement('span');
        turn.className = 'spinner';
        turn.setAttribute('aria-hidden', 'true');
        button.prepend(turn);
      }
    }
    // A file the browser downloads, or a lost connection, must not lock the form for good.
    window.setTimeout(() => release(form), 15000);
  });
}

function release(form) {
  delete form.dataset.sent;
  form.querySelectorAll('[aria-busy="true"]').forEach((button) => button.removeAttribute('aria-busy'));
}

function count(field) {
  const out = document.querySelector(`[data-counter-for="${field.id}"]`);
  const limit = Number(field.dataset.limit);
  if (!out || !limit) return;
  const words = out.textContent;
  const show = () => {
    const used = Array.from(field.value).length;
    out.textContent = used ? `${used} / ${limit}` : words;
    out.classList.toggle('over', used > limit);
  };
  field.addEventListener('input', show);
  show();
}

function drop(zone) {
  const input = zone.querySelector('input[type="file"]');
  const chosen = zone.querySelector('[data-chosen]');
  if (!input) return;
  const size = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  input.addEventListener('change', () => {
    if (chosen) chosen.textContent = Array.from(input.files).map((file) => `${file.name} · ${size(file.size)}`).join('\n');
  });
  zone.addEventListener('click', (event) => { if (event.target !== input && !event.target.closest('label, a, button')) input.click(); });
  ['dragenter', 'dragover'].forEach((name) => zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add('over'); }));
  ['dragleave', 'drop'].forEach((name) => zone.addEventListener(name, () => zone.classList.remove('over')));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
}

function autoSubmit(form) {
  form.addEventListener('change', (event) => {
    if (event.target.matches('select, input[type="checkbox"], input[type="radio"], input[type="date"], input[type="month"]')) {
      if (form.requestSubmit) form.requestSubmit(); else form.submit();
    }
  });
  // An empty filter does not belong in the address one copies.
  form.addEventListener('submit', () => {
    if (form.hasAttribute('hx-get')) return;
    form.querySelectorAll('input, select').forEach((field) => { if (!field.value && field.name) { field.disabled = true; field.dataset.blank = ''; } });
  });
}

export function start(root) {
  if (once(document, 'forms')) {
    window.addEventListener('beforeunload', (event) => {
      if (!dirty.size) return;
      event.preventDefault();
      event.returnValue = '';
    });
    window.addEventListener('pageshow', (event) => {
      if (!event.persisted) return;
      document.querySelectorAll('form[data-sent]').forEach((form) => { release(form); renew(form); });
      document.querySelectorAll('[data-blank]').forEach((field) => { field.disabled = false; delete field.dataset.blank; });
    });
    document.addEventListener('htmx:afterRequest', (event) => {
      const form = event.target.closest && event.target.closest('form');
      if (form) { release(form); dirty.delete(form); }
    });
  }
  // First of all that listens: it stops the others.
  all(root, 'form[data-most]').forEach((form) => { if (once(form, 'weigh')) weigh(form); });
  all(root, 'form[data-guard]').forEach((form) => { if (once(form, 'guard')) guard(form); });
  all(root, 'form[data-submit-once]').forEach((form) => { if (once(form, 'once')) submitOnce(form); });
  all(root, '[data-limit]').forEach((field) => { if (once(field, 'count')) count(field); });
  all(root, '[data-drop]').forEach((zone) => { if (once(zone, 'drop')) drop(zone); });
  all(root, 'form[data-auto-submit]').forEach((form) => { if (once(form, 'auto')) autoSubmit(form); });
  const first = all(root, '[data-autofocus]')[0];
  if (first && once(first, 'focus')) first.focus();
}
