/* Runs everywhere, so it is written in the oldest JavaScript. A browser without modules, grid or
   variables goes to the page that says how to upgrade; one that is merely old gets a line of warning. */
(function () {
  var script = document.currentScript;
  var root = document.documentElement;
  var css = window.CSS && window.CSS.supports;
  var usable = script && 'noModule' in script && css &&
    window.CSS.supports('display', 'grid') && window.CSS.supports('color', 'var(--x)');
  if (!usable) {
    var scripts = document.getElementsByTagName('script');
    var tag = script || scripts[scripts.length - 1];
    var target = (tag && tag.getAttribute('data-upgrade')) || '/upgrade';
    if (window.location.pathname !== target) { window.location.replace(target); }
    return;
  }
  root.className += ' js';
  document.addEventListener('DOMContentLoaded', function () {
    var box = document.createElement('div');
    box.appendChild(document.createElement('i'));
    box.appendChild(document.createElement('i'));
    box.style.display = 'flex';
    box.style.flexDirection = 'column';
    box.style.rowGap = '1px';
    box.style.position = 'absolute';
    document.body.appendChild(box);
    if (box.scrollHeight !== 1) { root.className += ' no-flex-gap'; }
    document.body.removeChild(box);
    if (typeof String.prototype.replaceAll !== 'function') {
      var note = document.getElementById('too-old');
      if (note) { note.hidden = false; }
    }
  });
}());
