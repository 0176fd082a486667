/* [data-countdown="ISO"]: keeps a span of time fresh by the server's clock (data-now), not the phone's.
   Shape: data-format="clock" (41:20) or "days" with data-words="{d} 天 {h} 小时|{h} 小时 {m} 分|{m} 分钟". */
import { all, once } from './once.js';

const two = (n) => String(n).padStart(2, '0');

function tick(node, offset) {
  const left = Math.max(0, Date.parse(node.dataset.countdown) - (Date.now() + offset));
  const seconds = Math.floor(left / 1000);
  const d = Math.floor(seconds / 86400);
  const h = Math.floor((seconds % 86400) / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  if (node.dataset.format === 'clock') {
    const hours = Math.floor(seconds / 3600);
    node.textContent = `${hours ? `${hours}:` : ''}${hours ? two(m) : m}:${two(seconds % 60)}`;
  } else if (node.dataset.words) {
    const [days, hours, minutes] = node.dataset.words.split('|');
    const words = d ? days : (h ? hours : minutes);
    node.textContent = (words || days).replace('{d}', d).replace('{h}', h).replace('{m}', m);
  }
  if (!left) node.dispatchEvent(new CustomEvent('countdown:over', { bubbles: true }));
  return left;
}

export function start(root) {
  all(root, '[data-countdown]').forEach((node) => {
    if (!once(node, 'countdown')) return;
    const told = Date.parse(node.dataset.now);
    const offset = Number.isNaN(told) ? 0 : told - Date.now();
    const run = () => { if (node.isConnected && tick(node, offset)) window.setTimeout(run, node.dataset.format === 'clock' ? 1000 : 20000); };
    if (node.dataset.format || node.dataset.words) run();
  });
}
