// What is shown of the two tokens.
import { $, make, short } from './dom.js';

let session = '', expires = 0, life = 1, timer = 0;
const yours = [], thiefs = [];

export function showIdentity(me) {
  if (me.session !== session) forget();
  session = me.session;
  life = new Date(me.expires) - new Date(me.issued);
  expires = Date.now() + me.expires_in;
  $('access-key').textContent = short(me.key);
  $('access-key').title = me.key;
  $('scopes').replaceChildren(...(me.scopes ?? []).map(scope => make('span', {}, scope)));
  $('generation').textContent = me.generation;
  if (!yours.includes(me.generation)) yours.push(me.generation);
  draw();
  clearInterval(timer);
  timer = setInterval(tick, 250);
  tick();
}

function tick() {
  const left = Math.max(0, expires - Date.now()), ring = $('access-left');
  const seconds = Math.ceil(left / 1000);
  ring.querySelector('b').textContent = seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  ring.querySelector('.arc').style.strokeDashoffset = 100 - 100 * Math.min(1, left / life);
  ring.toggleAttribute('data-low', left < life / 4);
}

export function showThief(generation) {
  if (!thiefs.includes(generation)) thiefs.push(generation);
  draw();
}

export function forget() {
  clearInterval(timer);
  yours.length = thiefs.length = 0;
}

// draw shows the last eight generations, and in a second lane those that the thief has.
function draw() {
  const last = Math.max(...yours, ...thiefs), first = Math.max(1, last - 7);
  const lane = (name, who, has) => {
    const row = make('div', { className: `lane ${who}` }, make('b', {}, name));
    for (let g = first; g <= last; g++) {
      const cell = make('i');
      if (has.includes(g)) {
        cell.append(make('span', {}, String(g)));
        if (has.includes(g - 1) && g > first) cell.classList.add('joined');
        if (g === has.at(-1)) cell.classList.add('now');
      }
      row.append(cell);
    }
    return row;
  };
  const lanes = [lane('You', 'you', yours)];
  if (thiefs.length) lanes.push(lane('Thief', 'thief', thiefs));
  $('chain').replaceChildren(...lanes);
  $('chain').ariaLabel = `You have generation ${yours.at(-1)}` + (thiefs.length ? `, the thief has ${thiefs.at(-1)}` : '');
}
