/* Tables: a click on a row follows its link, rows can be picked for bulk acts, columns can be chosen
   (kept on this device). Arrow keys move between the rows' links. */
import { all, once } from './once.js';

function follow(body) {
  body.addEventListener('click', (event) => {
    if (event.target.closest('a, button, input, label, summary, select, textarea')) return;
    if (window.getSelection && String(window.getSelection())) return;
    const row = event.target.closest('tr[data-href]');
    if (!row) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, '_blank', 'noopener');
    else window.location.assign(row.dataset.href);
  });
  body.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const link = event.target.closest('.c-lead a');
    if (!link) return;
    const links = Array.from(body.querySelectorAll('.c-lead a'));
    const next = links[links.indexOf(link) + (event.key === 'ArrowDown' ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  });
}

function picking(box) {
  const head = box.querySelector('[data-pick-all]');
  if (!head) return;
  const ticks = () => Array.from(box.querySelectorAll(`tbody input[name="${head.dataset.pickAll}"]`));
  const tell = () => {
    const on = ticks().filter((tick) => tick.checked);
    head.checked = on.length > 0 && on.length === ticks().length;
    head.indeterminate = on.length > 0 && on.length < ticks().length;
    ticks().forEach((tick) => tick.closest('tr').classList.toggle('is-picked', tick.checked));
    const form = on[0] ? on[0].form : document.querySelector('form[data-bulk]');
    const line = form && form.querySelector('[data-count-text]');
    if (!line) return;
    form.classList.toggle('is-active', on.length > 0);
    if (!line.dataset.idle) line.dataset.idle = line.textContent;
    line.textContent = on.length ? line.dataset.countText.replace('{n}', String(on.length)) : line.dataset.idle;
  };
  head.addEventListener('change', () => { ticks().forEach((tick) => { tick.checked = head.checked; }); tell(); });
  let last = null;
  box.addEventListener('click', (event) => {
    const tick = event.target.closest(`tbody input[name="${head.dataset.pickAll}"]`);
    if (!tick) return;
    if (event.shiftKey && last) {
      const list = ticks();
      const [from, to] = [list.indexOf(last), list.indexOf(tick)].sort((a, b) => a - b);
      list.slice(from, to + 1).forEach((other) => { other.checked = tick.checked; });
    }
    last = tick;
    tell();
  });
  tell();
}

function columns(menu) {
  const key = `columns:${window.location.pathname}:${menu.dataset.columns}`;
  const box = document.getElementById(menu.dataset.columns);
  const ticks = all(menu, 'input');
  const apply = () => ticks.forEach((tick) => {
    box.querySelectorAll(`[data-col="${tick.value}"]`).forEach((cell) => { cell.hidden = !tick.checked; });
  });
  menu.hidden = false;
  try {
    const kept = JSON.parse(window.localStorage.getItem(key));
    if (Array.isArray(kept)) ticks.forEach((tick) => { tick.checked = kept.includes(tick.value); });
  } catch (problem) { /* no storage: the page's own choice stands */ }
  apply();
  menu.addEventListener('change', () => {
    apply();
    try { window.localStorage.setItem(key, JSON.stringify(ticks.filter((tick) => tick.checked).map((tick) => tick.value))); } catch (problem) { /* as above */ }
  });
}

export function start(root) {
  all(root, '.table-box').forEach((box) => {
    if (!once(box, 'table')) return;
    const body = box.querySelector('tbody');
    if (body) follow(body);
    picking(box);
  });
  all(root, 'details[data-columns]').forEach((menu) => { if (once(menu, 'columns')) columns(menu); });
}
