/* Everything here only makes easier what the page can do without it. */
import { start as menus } from './menus.js';
import { start as dialogs } from './dialogs.js';
import { start as forms } from './forms.js';
import { start as drafts } from './drafts.js';
import { start as tables } from './tables.js';
import { start as display } from './display.js';
import { start as copying } from './copying.js';
import { start as clocks } from './clocks.js';
import { start as printing } from './printing.js';
import { start as shortcuts } from './shortcuts.js';

const parts = [menus, dialogs, forms, drafts, tables, display, copying, clocks, printing, shortcuts];
const begin = (root) => parts.forEach((part) => part(root));

begin(document);
// A block that htmx put into the page is set up like the page itself.
document.addEventListener('htmx:load', (event) => { if (event.target !== document.body) begin(event.target); });
