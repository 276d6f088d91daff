// The buttons that break things, only with -demo.
import { call } from './api.js';
import { keepCalling } from './calls.js';
import { $, count, on, say, short } from './dom.js';
import { showThief } from './tokens.js';

let theft = null, generation = 0;

export function start(guard) {
  on('steal', 'click', guard(async () => {
    const { data } = await call('POST', '/demo/thief');
    theft = data.id;
    generation = data.generation;
    showThief(generation);
    $('thief-use').disabled = false;
    say($('thief-says'), `The thief has generation ${generation}.`, 'bad');
  }));
  on('thief-use', 'click', guard(useTheft));
  on('revoke-key', 'click', guard(async () => {
    const { data } = await call('POST', '/demo/key');
    say($('key-says'), `Key ${short(data.revoked)} is revoked. ${short(data.signing)} signs now.`, 'good');
    keepCalling(12);
  }));
  on('break-store', 'click', guard(async () => {
    await call('POST', '/demo/store', { seconds: 10 });
    say($('store-says'), 'The store fails for 10 seconds.', 'bad');
    keepCalling(18);
    setTimeout(() => say($('store-says'), 'The store works again.', 'good'), 10000);
  }));
  on('repair-store', 'click', guard(async () => {
    await call('POST', '/demo/store', { seconds: 0 });
    say($('store-says'), 'The store works again.', 'good');
  }));
}

// afterwards lets the thief try again after the session has ended, to show that the copy is now
// useless.
export async function afterwards() {
  for (const id of ['ended-chain', 'ended-thief']) $(id)?.toggleAttribute('hidden', !theft);
  if (!theft) return;
  $('ended-chain').replaceChildren(...$('chain').cloneNode(true).children);
  const caught = await useTheft();
  if (caught) say($('ended-thief'), `The thief tries once more, and is refused: ${caught}.`, 'good');
}

// useTheft lets the thief refresh and read the orders, as your page does.
async function useTheft() {
  const { data } = await call('POST', `/demo/thief/${theft}`);
  if (data.caught) {
    say($('thief-says'), `The thief is refused: ${data.caught}.`, 'good');
    return data.caught;
  }
  const how = data.generation === generation
    ? `refreshed within seconds of you and got generation ${generation} again, as two tabs would`
    : `refreshed to generation ${data.generation}`;
  generation = data.generation;
  showThief(generation);
  say($('thief-says'), `The thief ${how}, and read ${count(data.orders, 'order')} of ${data.name}.`, 'bad');
  return '';
}

export function forget() {
  theft = null;
  if (!$('thief-use')) return;
  $('thief-use').disabled = true;
  for (const id of ['thief-says', 'key-says', 'store-says']) say($(id), '');
}
