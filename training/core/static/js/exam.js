/* The live exam. Every change is one step: kept on this device first, sent in order, and
   forgotten only when the server has acknowledged it. Works over plain http as well. */
const root = document.getElementById('exam');
const $ = (id) => document.getElementById(id);
const words = $('words').dataset;
const attempt = root.dataset.attempt;
const STORE = `exam:${attempt}`;
const PING = 20000;
const RETRY = [1000, 2000, 4000, 8000, 15000];

const kept = {
  get(storage, key) { try { return window[storage].getItem(key); } catch (error) { return null; } },
  set(storage, key, value) { try { window[storage].setItem(key, value); } catch (error) { /* full or off: memory holds it */ } },
  drop(storage, key) { try { window[storage].removeItem(key); } catch (error) { /* as above */ } },
};

function newId() {
  const bytes = new Uint8Array(16);
  window.crypto.getRandomValues(bytes);
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

const WRITER = `exam-writer:${attempt}`;
const writer = kept.get('sessionStorage', WRITER) || newId();
kept.set('sessionStorage', WRITER, writer);

let questions = [];
let answers = {};
let flags = new Set();
let at = 0;
let sequence = 0;
let queue = [];
let sending = false;
let writing = false;
let over = false;
let failures = 0;
let timer = 0;
let deadline = 0;
let focusSeconds = 3;
let partial = '';
let reviewing = false;
let zero = { server: Date.now(), local: performance.now() };
let warned = false;

try { queue = JSON.parse(kept.get('localStorage', STORE) || '[]'); } catch (error) { queue = []; }
if (!Array.isArray(queue)) queue = [];
const keepQueue = () => (queue.length ? kept.set('localStorage', STORE, JSON.stringify(queue)) : kept.drop('localStorage', STORE));

/* The server's time, carried on by a clock that nobody can set. */
const serverNow = () => zero.server + (performance.now() - zero.local);
const readClock = (iso) => { zero = { server: Date.parse(iso), local: performance.now() }; };

class Problem extends Error {
  constructor(status, body) { super(body.code || String(status)); this.status = status; this.body = body; }
}

async function ask(url, body) {
  const options = { headers: { Accept: 'application/json' }, credentials: 'same-origin', redirect: 'manual', cache: 'no-store' };
  if (body) {
    options.method = 'POST';
    options.headers['Content-Type'] = 'application/json';
    options.headers['X-CSRFToken'] = root.querySelector('input[name=csrf_token]').value;
    options.body = JSON.stringify(body);
  }
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), 12000);
  let response;
  try { response = await fetch(url, { ...options, signal: stop.signal }); } finally { clearTimeout(limit); }
  if (response.type === 'opaqueredirect' || response.status === 303) throw new Problem(401, { code: 'LOGIN' });
  if (!(response.headers.get('Content-Type') || '').includes('json')) throw new Problem(response.status, { code: 'NOT_JSON' });
  const answer = await response.json();
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}

const show = (id, on) => { $(id).hidden = !on; };
function say(state, text, clock) {
  $('exam-saved').dataset.state = state;
  $('exam-saved-word').textContent = `${text} `;
  $('exam-saved-at').textContent = clock || '';
}

/* ----- the queue ----- */

function add(step) {
  sequence += 1;
  queue.push({ ...step, uuid: newId(), client_seq: sequence, client_at: new Date().toISOString() });
  keepQueue();
  say('saving', words.saving);
  send();
}

function later() {
  const wait = RETRY[Math.min(failures, RETRY.length - 1)];
  failures += 1;
  clearTimeout(timer);
  timer = setTimeout(send, wait);
}

async function send() {
  if (sending || !writing || over) return;
  sending = true;
  clearTimeout(timer);
  try {
    while (queue.length) {
      const step = queue[0];
      const answer = await ask(root.dataset.steps, { ...step, writer });
      queue.shift();
      keepQueue();
      failures = 0;
      readClock(answer.now);
      setDeadline(answer.deadline);
      show('alert-offline', false); show('alert-login', false); show('alert-refused', false);
      say(queue.length ? 'saving' : 'saved', queue.length ? words.saving : words.saved, answer.clock);
    }
  } catch (error) {
    await troubled(error);
  } finally {
    sending = false;
  }
  drawOpen();
}

async function troubled(error) {
  if (!(error instanceof Problem) || error.status >= 500 || error.status === 429) {
    const refused = error instanceof Problem && error.status !== 429;
    say(refused ? 'failed' : 'offline', refused ? words.failed : words.offline);
    show('alert-offline', !refused);
    later();
    return;
  }
  const code = error.body.code;
  if (code === 'LOGIN' || code === 'CSRF') { say('failed', words.failed); show('alert-login', true); if (code === 'CSRF') window.location.reload(); else later(); return; }
  if (code === 'TAKEN_OVER') { takenOver(); return; }
  if (code === 'CLOSED') { leave(root.dataset.receipt); return; }
  queue.shift();
  keepQueue();
  if (code === 'STALE') {
    // Another device has answered since: what the server holds is shown, nothing is overwritten.
    await open(false);
    show('alert-stale', true);
  } else {
    $('alert-refused-text').textContent = error.body.title || code;
    show('alert-refused', true);
    later();
  }
}

function takenOver() {
  writing = false;
  show('taken-over', true); show('exam-body', false); show('exam-foot', false);
  $('taken-over').querySelector('h2').focus();
}

function leave(url) {
  if (over) return;
  over = true;
  window.removeEventListener('beforeunload', hold);
  window.location.assign(url);
}

async function open(takeOver) {
  try {
    const paper = await ask(root.dataset.pen, { writer, take_over: takeOver });
    readClock(paper.now);
    setDeadline(paper.deadline);
    questions = paper.questions;
    focusSeconds = paper.focus_seconds;
    partial = paper.partial;
    flags = new Set(paper.flags);
    answers = {};
    Object.entries(paper.answers).forEach(([slot, chosen]) => { answers[slot] = chosen; });
    // What this device kept and the server does not have yet stands over what it has.
    queue = queue.filter((step) => step.client_seq > paper.sequence);
    queue.forEach((step) => {
      if (step.kind === 'answer') answers[step.slot] = step.response;
      if (step.kind === 'flag') { if (step.response.length) flags.add(step.slot); else flags.delete(step.slot); }
    });
    sequence = Math.max(paper.sequence, ...queue.map((step) => step.client_seq));
    keepQueue();
    writing = true;
    failures = 0;
    show('taken-over', false); show('exam-body', true); show('exam-foot', true);
    show('alert-offline', false); show('alert-login', false);
    if (!queue.length) say('saved', words.saved, new Date(serverNow()).toLocaleTimeString('zh-CN', { hour12: false, timeZone: 'Asia/Shanghai' }));
    draw();
    if (queue.length) setTimeout(send, 0);
  } catch (error) {
    if (error instanceof Problem && error.body.code === 'TAKEN_OVER') { takenOver(); return; }
    if (error instanceof Problem && ['CLOSED', 'NOT_OPEN'].includes(error.body.code)) { leave(root.dataset.receipt); return; }
    if (error instanceof Problem && error.body.code === 'LOGIN') show('alert-login', true); else show('alert-offline', true);
    say('offline', words.offline);
    setTimeout(() => open(takeOver), RETRY[Math.min(failures, RETRY.length - 1)]);
    failures += 1;
  }
}

/* ----- the time ----- */

function setDeadline(iso) {
  const next = Date.parse(iso);
  if (deadline && next > deadline) { show('alert-more', true); show('alert-less', false); warned = false; show('alert-time', false); }
  if (deadline && next < deadline) { show('alert-less', true); show('alert-more', false); }
  deadline = next;
  tick();
}

function tick() {
  if (!deadline || over) return;
  const left = Math.max(0, Math.ceil((deadline - serverNow()) / 1000));
  const minutes = Math.floor(left / 60);
  const seconds = String(left % 60).padStart(2, '0');
  $('exam-time').textContent = `${minutes}:${seconds}`;
  if (left % 60 === 0) $('exam-time').setAttribute('aria-label', words.left.replace('{m}', minutes).replace('{s}', seconds));
  $('exam-time').classList.toggle('is-short', left <= 300);
  if (left <= 300 && left > 0 && !warned) { warned = true; show('alert-time', true); }
  if (left === 0 && writing) handIn();
}

async function ping() {
  if (over || !writing) return;
  try {
    const answer = await ask(`${root.dataset.clock}?writer=${writer}`);
    readClock(answer.now);
    if (answer.deadline) setDeadline(answer.deadline);
    if (answer.state !== 'in_progress') { leave(root.dataset.receipt); return; }
    if (!answer.mine) { takenOver(); return; }
    show('alert-login', false);
    if (queue.length) send(); else show('alert-offline', false);
  } catch (error) {
    if (error instanceof Problem && error.body.code === 'LOGIN') show('alert-login', true);
    else if (!(error instanceof Problem)) { show('alert-offline', true); say('offline', words.offline); }
  }
}

/* ----- handing in ----- */

let handing = false;
async function handIn() {
  if (handing || over) return;
  handing = true;
  $('do-hand-in').disabled = true;
  try {
    await send();
    if (queue.length) { drawOpen(); return; }
    const answer = await ask(root.dataset.submit, { writer });
    kept.drop('localStorage', STORE);
    leave(answer.url);
  } catch (error) {
    if (error instanceof Problem && error.body.code === 'TAKEN_OVER') takenOver();
    else if (error instanceof Problem && error.body.code === 'CLOSED') leave(root.dataset.receipt);
    else { say('offline', words.offline); show('alert-offline', true); }
  } finally {
    handing = false;
    $('do-hand-in').disabled = false;
  }
}

/* ----- drawing ----- */

const letter = (n) => 'ABCDEFGH'[n];
const isAnswered = (q) => (answers[q.slot] || []).length > 0;

function drawQuestion(focus) {
  const q = questions[at];
  $('question-part').textContent = q.part;
  $('question-points').textContent = q.many ? `${q.points} · ${partial}` : q.points;
  $('stem-no').textContent = `${q.number}.`;
  $('stem-text').textContent = q.stem;
  const opts = $('opts');
  opts.classList.toggle('opts-many', q.many);
  opts.replaceChildren(...q.options.map((o, n) => {
    const line = document.createElement('div');
    line.className = 'opt';
    const input = document.createElement('input');
    input.type = q.many ? 'checkbox' : 'radio';
    input.name = 'answer';
    input.value = o.id;
    input.id = `opt-${o.id}`;
    input.checked = (answers[q.slot] || []).includes(o.id);
    input.addEventListener('change', choose);
    const label = document.createElement('label');
    label.htmlFor = input.id;
    const key = document.createElement('span');
    key.className = 'opt-key';
    key.setAttribute('aria-hidden', 'true');
    key.textContent = letter(n);
    const text = document.createElement('span');
    text.textContent = o.text;
    label.append(key, text);
    line.append(input, label);
    return line;
  }));
  const on = flags.has(q.slot);
  $('flag').setAttribute('aria-pressed', String(on));
  $('flag').querySelector('span').textContent = on ? words.unflag : words.flag;
  $('prev').disabled = at === 0;
  $('next').querySelector('span').textContent = at === questions.length - 1 ? words.last : words.next;
  if (focus) { window.scrollTo(0, 0); $('stem').focus({ preventScroll: true }); }
}

function mapLink(q, current) {
  const link = document.createElement('a');
  link.href = `#q${q.number}`;
  link.textContent = q.number;
  if (isAnswered(q)) link.className = 'is-answered';
  if (current) link.setAttribute('aria-current', 'true');
  const text = (isAnswered(q) ? words.answered : words.unanswered).replace('{n}', q.number);
  link.setAttribute('aria-label', text + (flags.has(q.slot) ? words.flagged : ''));
  if (flags.has(q.slot)) link.append($('words').content.cloneNode(true));
  link.addEventListener('click', (event) => {
    event.preventDefault();
    goTo(q.number - 1);
    const sheet = link.closest('details');
    if (sheet) { const close = sheet.querySelector('[data-dialog-close]'); if (close) close.click(); sheet.open = false; }
  });
  return link;
}

function drawMap() {
  document.querySelectorAll('[data-map]').forEach((box) => {
    const parts = [];
    let grid = null;
    let part = '';
    questions.forEach((q, n) => {
      if (q.part !== part) {
        part = q.part;
        const head = document.createElement('p');
        head.className = 'qmap-part';
        head.textContent = part;
        grid = document.createElement('div');
        grid.className = 'qmap';
        parts.push(head, grid);
      }
      grid.append(mapLink(q, n === at && !reviewing));
    });
    const done = questions.filter(isAnswered).length;
    const legend = document.createElement('ul');
    legend.className = 'qmap-key';
    [[`${words.keyAnswered} ${done}`, 'is-answered'], [`${words.keyUnanswered} ${questions.length - done}`, ''], [words.keyCurrent, 'is-current']].forEach(([text, cls]) => {
      const line = document.createElement('li');
      const sign = document.createElement('i');
      if (cls) sign.className = cls;
      line.append(sign, text);
      legend.append(line);
    });
    const marked = document.createElement('li');
    marked.textContent = `${words.keyFlagged} ${flags.size}`;
    legend.append(marked);
    box.replaceChildren(...parts, legend);
    $('exam-progress').setAttribute('width', questions.length ? (100 * done) / questions.length : 0);
  });
}

function drawOpen() {
  if (!reviewing) return;
  const open = questions.filter((q) => !isAnswered(q));
  const marked = questions.filter((q) => flags.has(q.slot));
  show('open-none', !open.length); show('open-some', open.length > 0);
  $('open-count').textContent = open.length;
  $('open-list').replaceChildren(...open.map((q) => mapLink(q, false)));
  show('flag-some', marked.length > 0);
  $('flag-list').replaceChildren(...marked.map((q) => mapLink(q, false)));
  show('unsaved-some', queue.length > 0);
}

function draw(focus) {
  show('question', !reviewing); show('hand-in', reviewing); show('exam-foot', !reviewing && writing);
  drawMap();
  if (reviewing) { drawOpen(); if (focus) { window.scrollTo(0, 0); $('hand-in-title').focus({ preventScroll: true }); } } else drawQuestion(focus);
}

function goTo(n) { reviewing = false; at = Math.max(0, Math.min(questions.length - 1, n)); draw(true); }
function review() { reviewing = true; draw(true); }

function choose() {
  const q = questions[at];
  const chosen = Array.from($('opts').querySelectorAll('input:checked'), (input) => input.value).sort();
  answers[q.slot] = chosen;
  add({ kind: 'answer', slot: q.slot, response: chosen });
  drawMap();
}

/* ----- controls ----- */

$('question').addEventListener('submit', (event) => event.preventDefault());
$('prev').addEventListener('click', () => goTo(at - 1));
$('next').addEventListener('click', () => (at === questions.length - 1 ? review() : goTo(at + 1)));
$('flag').addEventListener('click', () => {
  const q = questions[at];
  if (flags.has(q.slot)) flags.delete(q.slot); else flags.add(q.slot);
  add({ kind: 'flag', slot: q.slot, response: flags.has(q.slot) ? ['on'] : [] });
  draw();
});
document.querySelectorAll('[data-hand-in]').forEach((button) => button.addEventListener('click', review));
$('back-to-exam').addEventListener('click', () => goTo(at));
$('do-hand-in').addEventListener('click', handIn);
$('take-over').addEventListener('click', () => open(true));
$('exam-hide').addEventListener('click', () => {
  const hidden = $('exam-clock').classList.toggle('exam-clock-hidden');
  $('exam-hide').setAttribute('aria-pressed', String(hidden));
  $('exam-hide').querySelector('span').textContent = hidden ? $('exam-hide').dataset.show : $('exam-hide').dataset.hide;
});
window.addEventListener('online', () => { failures = 0; if (writing) { send(); ping(); } });
window.addEventListener('offline', () => { show('alert-offline', true); say('offline', words.offline); });

/* Looking away is noted, told, and looked at by a person. */
let leftAt = 0;
document.addEventListener('visibilitychange', () => {
  if (document.hidden) { leftAt = performance.now(); return; }
  const seconds = leftAt ? Math.round((performance.now() - leftAt) / 1000) : 0;
  leftAt = 0;
  if (writing && !over && seconds > focusSeconds) {
    show('alert-away', true);
    add({ kind: 'focus_loss', response: [], seconds: Math.min(seconds, 86400) });
  }
  ping();
});

const hold = (event) => { if (queue.length && !over) { event.preventDefault(); event.returnValue = ''; } };
window.addEventListener('beforeunload', hold);
setInterval(tick, 500);
setInterval(ping, PING);
open(false);
