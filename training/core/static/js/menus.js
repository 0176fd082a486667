/* <details class="menu">: one open at a time; Escape and a click elsewhere close it.
   Filters fold on a phone; the chips below them say what is set. */
import { all, once } from './once.js';

export function start(root) {
  if (once(document, 'menus')) {
    document.addEventListener('click', (event) => {
      document.querySelectorAll('details.menu[open]').forEach((menu) => {
        if (!menu.contains(event.target)) menu.open = false;
      });
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      const open = document.querySelector('details.menu[open]');
      if (!open) return;
      open.open = false;
      open.querySelector('summary').focus();
    });
  }
  const wide = window.matchMedia('(min-width: 900px)');
  all(root, 'details[data-filters]').forEach((box) => {
    if (!once(box, 'filters')) return;
    const fit = () => { box.open = wide.matches; };
    fit();
    if (wide.addEventListener) wide.addEventListener('change', fit);
  });
}
