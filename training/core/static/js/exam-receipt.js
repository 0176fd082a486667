/* The exam is over and its answers are on the server: this device forgets what it kept. */
const over = document.querySelector('[data-exam-over]');
if (over) {
  try {
    window.localStorage.removeItem(`exam:${over.dataset.examOver}`);
    window.sessionStorage.removeItem(`exam-writer:${over.dataset.examOver}`);
  } catch (error) { /* storage is off: nothing was kept */ }
}
