/* Type size and light/dark change at once; the form still goes to the server, which keeps the choice. */
import { renew } from './keys.js';
import { all, once } from './once.js';

export function start(root) {
  all(root, 'form[data-display]').forEach((form) => {
    if (!once(form, 'display')) return;
    form.addEventListener('submit', async (event) => {
      const button = event.submitter;
      if (!button) return;
      event.preventDefault();
      const body = new FormData(form);
      body.append(button.name, button.value);
      const html = document.documentElement;
      try {
        const answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin' });
        if (!answer.ok) throw new Error(String(answer.status));
        renew(form);
        html.dataset[button.name] = button.value;
        form.querySelectorAll('button').forEach((other) => other.setAttribute('aria-pressed', String(other === button)));
      } catch (problem) {
        // Sent again the plain way: the page that comes back says what is wrong.
        const field = document.createElement('input');
        field.type = 'hidden'; field.name = button.name; field.value = button.value;
        form.appendChild(field);
        form.submit();
      }
    });
  });
}
