/* Signs of life from an open lesson. The server stamps them and does the counting; here we only
   say that the page is visible, where the reader is, and which parts of a film were played. */
const EVERY = 25000;

function uuid() {
  const bytes = new Uint8Array(16);
  crypto.getRandomValues(bytes);
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

function start(root) {
  const text = root.querySelector('[data-lesson-text]');
  const blocks = text ? Array.from(text.children) : [];
  const film = root.querySelector('video');
  const token = document.querySelector('input[name="csrf_token"]').value;
  const saved = Number(root.dataset.place) || 0;
  let percent = Number(root.dataset.percent) || 0;
  let moved = false;

  // A page that was just opened stands at its top: that is not where the reader stopped.
  function place() {
    if (!moved) return saved;
    const top = 110;
    const at = blocks.findIndex((b) => b.getBoundingClientRect().bottom > top);
    return at < 0 ? 0 : at;
  }

  function measure() {
    if (!text) return;
    const box = text.getBoundingClientRect();
    const seen = (window.innerHeight - box.top) / Math.max(box.height, 1);
    percent = Math.max(percent, Math.min(100, Math.round((seen + 0.01) * 100)));
  }

  function played() {
    const ranges = [];
    if (film) {
      for (let n = 0; n < film.played.length; n += 1) {
        ranges.push([Math.floor(film.played.start(n)), Math.ceil(film.played.end(n))]);
      }
    }
    return ranges;
  }

  function show(state) {
    const put = (name, words) => {
      const at = root.querySelector(`[data-show="${name}"]`);
      if (at) at.textContent = words;
    };
    const bar = (name, value, most) => {
      const at = root.querySelector(`[data-bar="${name}"] rect:last-child`);
      if (at) at.setAttribute('width', String(Math.min(100, (100 * value) / Math.max(most, 1))));
    };
    put('counted', state.words);
    put('percent', `${state.percent}%`);
    bar('counted', state.counted, state.minutes);
    bar('percent', state.percent, 100);
    const list = root.querySelector('[data-show="missing"]');
    if (list) list.replaceChildren(...state.missing.map((words) => {
      const item = document.createElement('li');
      item.textContent = words;
      return item;
    }));
    root.classList.toggle('is-ready', state.ready && !state.complete);
  }

  async function ping(active) {
    measure();
    const body = { id: uuid(), active, place: place(), percent, watched: played() };
    try {
      const answer = await fetch(root.dataset.ping, {
        method: 'POST',
        credentials: 'same-origin',
        keepalive: !active,
        headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
        body: JSON.stringify(body),
      });
      const offline = root.querySelector('[data-show="offline"]');
      if (offline) offline.hidden = answer.ok;
      if (answer.ok) show(await answer.json());
    } catch (error) {
      const offline = root.querySelector('[data-show="offline"]');
      if (offline) offline.hidden = false;
    }
  }

  const resume = root.querySelector('[data-resume]');
  if (resume && saved > 1 && blocks[saved]) {
    resume.hidden = false;
    resume.querySelector('[data-resume-go]').addEventListener('click', () => {
      blocks[saved].scrollIntoView();
      blocks[saved].setAttribute('tabindex', '-1');
      blocks[saved].focus({ preventScroll: true });
    });
  }

  window.addEventListener('scroll', () => { moved = true; measure(); }, { passive: true });
  document.addEventListener('visibilitychange', () => ping(document.visibilityState === 'visible'));
  window.addEventListener('pagehide', () => ping(false));
  window.setInterval(() => { if (document.visibilityState === 'visible') ping(true); }, EVERY);
  ping(document.visibilityState === 'visible');
}

document.querySelectorAll('[data-ping]').forEach(start);
